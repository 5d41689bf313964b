"""What people do in the product, read from CSV files or a database: a source, to which nothing is ever written.

settings    where the events are, and what their columns are called
events      a row of any source → an activity of kind "product", or what is wrong with it
files       a folder of CSV files, which only grow, rotate, come and go
database    a query with :since, page by page: SQLite, PostgreSQL
connector   the five verbs, as far as something that is only read has them
"""

from connectors.product.connector import ProductConnector
from connectors.product.settings import Columns, Database, Files, ProductSettings

__all__ = ["Columns", "Database", "Files", "ProductConnector", "ProductSettings"]
