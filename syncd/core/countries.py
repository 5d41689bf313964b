"""Countries as people write them: "DE", "DEU", "Deutschland" and "germany" are all Germany.

One line a country: ISO 3166-1 alpha-2, alpha-3, common English name, other spellings. What is not in the table
stays as it was written, so that nothing is guessed.
"""

from __future__ import annotations

import functools
import re
import unicodedata

_TABLE = """
AD|AND|Andorra
AE|ARE|United Arab Emirates|UAE|Emirates|الإمارات|الإمارات العربية المتحدة
AF|AFG|Afghanistan
AG|ATG|Antigua and Barbuda
AI|AIA|Anguilla
AL|ALB|Albania|Shqipëria
AM|ARM|Armenia
AO|AGO|Angola
AQ|ATA|Antarctica
AR|ARG|Argentina
AS|ASM|American Samoa
AT|AUT|Austria|Österreich|Oesterreich|Autriche
AU|AUS|Australia|Australien
AW|ABW|Aruba
AX|ALA|Åland Islands
AZ|AZE|Azerbaijan
BA|BIH|Bosnia and Herzegovina|Bosnia|Bosna i Hercegovina
BB|BRB|Barbados
BD|BGD|Bangladesh
BE|BEL|Belgium|België|Belgique|Belgien
BF|BFA|Burkina Faso
BG|BGR|Bulgaria|България|Bulgarien
BH|BHR|Bahrain
BI|BDI|Burundi
BJ|BEN|Benin
BL|BLM|Saint Barthélemy
BM|BMU|Bermuda
BN|BRN|Brunei|Brunei Darussalam
BO|BOL|Bolivia
BQ|BES|Caribbean Netherlands|Bonaire
BR|BRA|Brazil|Brasil|Brasilien
BS|BHS|Bahamas|The Bahamas
BT|BTN|Bhutan
BV|BVT|Bouvet Island
BW|BWA|Botswana
BY|BLR|Belarus|Беларусь
BZ|BLZ|Belize
CA|CAN|Canada|Kanada
CC|CCK|Cocos Islands
CD|COD|DR Congo|Democratic Republic of the Congo|Congo-Kinshasa
CF|CAF|Central African Republic
CG|COG|Congo|Republic of the Congo|Congo-Brazzaville
CH|CHE|Switzerland|Schweiz|Suisse|Svizzera
CI|CIV|Côte d'Ivoire|Ivory Coast
CK|COK|Cook Islands
CL|CHL|Chile
CM|CMR|Cameroon|Cameroun
CN|CHN|China|中国|中國|PRC|People's Republic of China
CO|COL|Colombia
CR|CRI|Costa Rica
CU|CUB|Cuba
CV|CPV|Cape Verde|Cabo Verde
CW|CUW|Curaçao
CX|CXR|Christmas Island
CY|CYP|Cyprus|Κύπρος
CZ|CZE|Czechia|Czech Republic|Česko|Česká republika|Tschechien
DE|DEU|Germany|Deutschland|Allemagne|Alemania|Germania|Federal Republic of Germany|BRD
DJ|DJI|Djibouti
DK|DNK|Denmark|Danmark|Dänemark
DM|DMA|Dominica
DO|DOM|Dominican Republic|República Dominicana
DZ|DZA|Algeria|Algérie|الجزائر
EC|ECU|Ecuador
EE|EST|Estonia|Eesti
EG|EGY|Egypt|مصر
EH|ESH|Western Sahara
ER|ERI|Eritrea
ES|ESP|Spain|España|Spanien|Espagne
ET|ETH|Ethiopia
FI|FIN|Finland|Suomi|Finnland
FJ|FJI|Fiji
FK|FLK|Falkland Islands
FM|FSM|Micronesia
FO|FRO|Faroe Islands
FR|FRA|France|Frankreich|Francia
GA|GAB|Gabon
GB|GBR|United Kingdom|UK|Great Britain|Britain|England|Scotland|Wales|Northern Ireland|Vereinigtes Königreich
GD|GRD|Grenada
GE|GEO|Georgia
GF|GUF|French Guiana
GG|GGY|Guernsey
GH|GHA|Ghana
GI|GIB|Gibraltar
GL|GRL|Greenland
GM|GMB|Gambia|The Gambia
GN|GIN|Guinea
GP|GLP|Guadeloupe
GQ|GNQ|Equatorial Guinea
GR|GRC|Greece|Ελλάδα|Hellas|Griechenland
GS|SGS|South Georgia
GT|GTM|Guatemala
GU|GUM|Guam
GW|GNB|Guinea-Bissau
GY|GUY|Guyana
HK|HKG|Hong Kong|香港
HM|HMD|Heard Island and McDonald Islands
HN|HND|Honduras
HR|HRV|Croatia|Hrvatska|Kroatien
HT|HTI|Haiti
HU|HUN|Hungary|Magyarország|Ungarn
ID|IDN|Indonesia
IE|IRL|Ireland|Éire|Republic of Ireland|Irland
IL|ISR|Israel|ישראל
IM|IMN|Isle of Man
IN|IND|India|भारत|இந்தியா|Bharat|Indien
IO|IOT|British Indian Ocean Territory
IQ|IRQ|Iraq|العراق
IR|IRN|Iran|ایران|Islamic Republic of Iran
IS|ISL|Iceland|Ísland
IT|ITA|Italy|Italia|Italien|Italie
JE|JEY|Jersey
JM|JAM|Jamaica
JO|JOR|Jordan|الأردن
JP|JPN|Japan|日本|Nippon
KE|KEN|Kenya
KG|KGZ|Kyrgyzstan
KH|KHM|Cambodia
KI|KIR|Kiribati
KM|COM|Comoros
KN|KNA|Saint Kitts and Nevis
KP|PRK|North Korea|Democratic People's Republic of Korea|DPRK
KR|KOR|South Korea|Korea|Republic of Korea|대한민국|한국
KW|KWT|Kuwait|الكويت
KY|CYM|Cayman Islands
KZ|KAZ|Kazakhstan|Казахстан
LA|LAO|Laos
LB|LBN|Lebanon|لبنان
LC|LCA|Saint Lucia
LI|LIE|Liechtenstein
LK|LKA|Sri Lanka
LR|LBR|Liberia
LS|LSO|Lesotho
LT|LTU|Lithuania|Lietuva|Litauen
LU|LUX|Luxembourg|Luxemburg|Lëtzebuerg
LV|LVA|Latvia|Latvija|Lettland
LY|LBY|Libya
MA|MAR|Morocco|Maroc|المغرب
MC|MCO|Monaco
MD|MDA|Moldova
ME|MNE|Montenegro|Crna Gora
MF|MAF|Saint Martin
MG|MDG|Madagascar
MH|MHL|Marshall Islands
MK|MKD|North Macedonia|Macedonia
ML|MLI|Mali
MM|MMR|Myanmar|Burma
MN|MNG|Mongolia
MO|MAC|Macao|Macau
MP|MNP|Northern Mariana Islands
MQ|MTQ|Martinique
MR|MRT|Mauritania
MS|MSR|Montserrat
MT|MLT|Malta
MU|MUS|Mauritius
MV|MDV|Maldives
MW|MWI|Malawi
MX|MEX|Mexico|México|Mexiko
MY|MYS|Malaysia
MZ|MOZ|Mozambique|Moçambique
NA|NAM|Namibia
NC|NCL|New Caledonia
NE|NER|Niger
NF|NFK|Norfolk Island
NG|NGA|Nigeria
NI|NIC|Nicaragua
NL|NLD|Netherlands|The Netherlands|Nederland|Holland|Niederlande|Pays-Bas
NO|NOR|Norway|Norge|Noreg|Norwegen
NP|NPL|Nepal
NR|NRU|Nauru
NU|NIU|Niue
NZ|NZL|New Zealand|Aotearoa|Neuseeland
OM|OMN|Oman|عمان
PA|PAN|Panama|Panamá
PE|PER|Peru|Perú
PF|PYF|French Polynesia
PG|PNG|Papua New Guinea
PH|PHL|Philippines|Pilipinas
PK|PAK|Pakistan
PL|POL|Poland|Polska|Polen
PM|SPM|Saint Pierre and Miquelon
PN|PCN|Pitcairn
PR|PRI|Puerto Rico
PS|PSE|Palestine|State of Palestine
PT|PRT|Portugal
PW|PLW|Palau
PY|PRY|Paraguay
QA|QAT|Qatar|قطر
RE|REU|Réunion
RO|ROU|Romania|România|Rumänien
RS|SRB|Serbia|Srbija|Serbien
RU|RUS|Russia|Russian Federation|Россия|Russland
RW|RWA|Rwanda
SA|SAU|Saudi Arabia|KSA|السعودية|المملكة العربية السعودية
SB|SLB|Solomon Islands
SC|SYC|Seychelles
SD|SDN|Sudan
SE|SWE|Sweden|Sverige|Schweden
SG|SGP|Singapore|Singapur
SH|SHN|Saint Helena
SI|SVN|Slovenia|Slovenija|Slowenien
SJ|SJM|Svalbard and Jan Mayen
SK|SVK|Slovakia|Slovensko|Slowakei
SL|SLE|Sierra Leone
SM|SMR|San Marino
SN|SEN|Senegal|Sénégal
SO|SOM|Somalia
SR|SUR|Suriname
SS|SSD|South Sudan
ST|STP|São Tomé and Príncipe
SV|SLV|El Salvador
SX|SXM|Sint Maarten
SY|SYR|Syria|Syrian Arab Republic|سوريا
SZ|SWZ|Eswatini|Swaziland
TC|TCA|Turks and Caicos Islands
TD|TCD|Chad
TF|ATF|French Southern Territories
TG|TGO|Togo
TH|THA|Thailand|ประเทศไทย|ไทย
TJ|TJK|Tajikistan
TK|TKL|Tokelau
TL|TLS|Timor-Leste|East Timor
TM|TKM|Turkmenistan
TN|TUN|Tunisia|Tunisie|تونس
TO|TON|Tonga
TR|TUR|Turkey|Türkiye|Türkei
TT|TTO|Trinidad and Tobago
TV|TUV|Tuvalu
TW|TWN|Taiwan|台灣|臺灣|台湾
TZ|TZA|Tanzania
UA|UKR|Ukraine|Україна
UG|UGA|Uganda
UM|UMI|US Outlying Islands
US|USA|United States|United States of America|U.S.|U.S.A.|America|Vereinigte Staaten|Estados Unidos|États-Unis
UY|URY|Uruguay
UZ|UZB|Uzbekistan
VA|VAT|Vatican City|Holy See
VC|VCT|Saint Vincent and the Grenadines
VE|VEN|Venezuela
VG|VGB|British Virgin Islands
VI|VIR|US Virgin Islands
VN|VNM|Vietnam|Viet Nam|Việt Nam
VU|VUT|Vanuatu
WF|WLF|Wallis and Futuna
WS|WSM|Samoa
XK|XKX|Kosovo
YE|YEM|Yemen
YT|MYT|Mayotte
ZA|ZAF|South Africa|RSA|Südafrika
ZM|ZMB|Zambia
ZW|ZWE|Zimbabwe
"""

_ACCENTS = re.compile("[\u0300-\u036f]")
_PARENTHESES = re.compile(r"\s*\(.*\)\s*$")


def country(text: str) -> str:
    """The common English name of the country that `text` means, else `text` without outer blanks."""
    written = text.strip()
    names = _names()
    return names.get(_folded(written)) or names.get(_folded(_PARENTHESES.sub("", written))) or written


@functools.cache
def _names() -> dict[str, str]:
    names = {}
    for line in _TABLE.split("\n")[1:-1]:
        spellings = line.split("|")
        names.update({_folded(spelling): spellings[2] for spelling in spellings})
    return names


@functools.lru_cache(maxsize=4096)
def _folded(text: str) -> str:
    """`text` without case, accents, full stops and hyphens, so that "U.S.A." equals "usa"."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("’", "'"))
    return _ACCENTS.sub("", plain).replace(".", "").replace("-", " ").strip()
