"""SOQL: parsed by hand, compiled to SQL over the store, answered in pages."""
