import type { Region } from './ast.ts'

/** ISO 3166-1, and XK. Written out, since a runtime's own names change with its version and a rule's must not. */
const NAMES = `
AD Andorra|AE United Arab Emirates|AF Afghanistan|AG Antigua and Barbuda|AI Anguilla|AL Albania|AM Armenia|AO Angola
AQ Antarctica|AR Argentina|AS American Samoa|AT Austria|AU Australia|AW Aruba|AX Aland Islands|AZ Azerbaijan
BA Bosnia and Herzegovina|BB Barbados|BD Bangladesh|BE Belgium|BF Burkina Faso|BG Bulgaria|BH Bahrain|BI Burundi
BJ Benin|BL Saint Barthelemy|BM Bermuda|BN Brunei|BO Bolivia|BQ Caribbean Netherlands|BR Brazil|BS Bahamas|BT Bhutan
BV Bouvet Island|BW Botswana|BY Belarus|BZ Belize|CA Canada|CC Cocos Islands|CD Democratic Republic of the Congo
CF Central African Republic|CG Republic of the Congo|CH Switzerland|CI Ivory Coast|CK Cook Islands|CL Chile
CM Cameroon|CN China|CO Colombia|CR Costa Rica|CU Cuba|CV Cape Verde|CW Curacao|CX Christmas Island|CY Cyprus
CZ Czechia|DE Germany|DJ Djibouti|DK Denmark|DM Dominica|DO Dominican Republic|DZ Algeria|EC Ecuador|EE Estonia
EG Egypt|EH Western Sahara|ER Eritrea|ES Spain|ET Ethiopia|FI Finland|FJ Fiji|FK Falkland Islands|FM Micronesia
FO Faroe Islands|FR France|GA Gabon|GB United Kingdom|GD Grenada|GE Georgia|GF French Guiana|GG Guernsey|GH Ghana
GI Gibraltar|GL Greenland|GM Gambia|GN Guinea|GP Guadeloupe|GQ Equatorial Guinea|GR Greece
GS South Georgia and the South Sandwich Islands|GT Guatemala|GU Guam|GW Guinea-Bissau|GY Guyana|HK Hong Kong
HM Heard and McDonald Islands|HN Honduras|HR Croatia|HT Haiti|HU Hungary|ID Indonesia|IE Ireland|IL Israel
IM Isle of Man|IN India|IO British Indian Ocean Territory|IQ Iraq|IR Iran|IS Iceland|IT Italy|JE Jersey|JM Jamaica
JO Jordan|JP Japan|KE Kenya|KG Kyrgyzstan|KH Cambodia|KI Kiribati|KM Comoros|KN Saint Kitts and Nevis|KP North Korea
KR South Korea|KW Kuwait|KY Cayman Islands|KZ Kazakhstan|LA Laos|LB Lebanon|LC Saint Lucia|LI Liechtenstein
LK Sri Lanka|LR Liberia|LS Lesotho|LT Lithuania|LU Luxembourg|LV Latvia|LY Libya|MA Morocco|MC Monaco|MD Moldova
ME Montenegro|MF Saint Martin|MG Madagascar|MH Marshall Islands|MK North Macedonia|ML Mali|MM Myanmar|MN Mongolia
MO Macao|MP Northern Mariana Islands|MQ Martinique|MR Mauritania|MS Montserrat|MT Malta|MU Mauritius|MV Maldives
MW Malawi|MX Mexico|MY Malaysia|MZ Mozambique|NA Namibia|NC New Caledonia|NE Niger|NF Norfolk Island|NG Nigeria
NI Nicaragua|NL Netherlands|NO Norway|NP Nepal|NR Nauru|NU Niue|NZ New Zealand|OM Oman|PA Panama|PE Peru
PF French Polynesia|PG Papua New Guinea|PH Philippines|PK Pakistan|PL Poland|PM Saint Pierre and Miquelon
PN Pitcairn Islands|PR Puerto Rico|PS Palestine|PT Portugal|PW Palau|PY Paraguay|QA Qatar|RE Reunion|RO Romania
RS Serbia|RU Russia|RW Rwanda|SA Saudi Arabia|SB Solomon Islands|SC Seychelles|SD Sudan|SE Sweden|SG Singapore
SH Saint Helena|SI Slovenia|SJ Svalbard and Jan Mayen|SK Slovakia|SL Sierra Leone|SM San Marino|SN Senegal|SO Somalia
SR Suriname|SS South Sudan|ST Sao Tome and Principe|SV El Salvador|SX Sint Maarten|SY Syria|SZ Eswatini
TC Turks and Caicos Islands|TD Chad|TF French Southern Territories|TG Togo|TH Thailand|TJ Tajikistan|TK Tokelau
TL Timor-Leste|TM Turkmenistan|TN Tunisia|TO Tonga|TR Turkey|TT Trinidad and Tobago|TV Tuvalu|TW Taiwan|TZ Tanzania
UA Ukraine|UG Uganda|UM United States Minor Outlying Islands|US United States|UY Uruguay|UZ Uzbekistan|VA Vatican City
VC Saint Vincent and the Grenadines|VE Venezuela|VG British Virgin Islands|VI United States Virgin Islands|VN Vietnam
VU Vanuatu|WF Wallis and Futuna|WS Samoa|XK Kosovo|YE Yemen|YT Mayotte|ZA South Africa|ZM Zambia|ZW Zimbabwe`

/** Other everyday names. A name that two countries go by (`Korea`, `Congo`) stands for neither. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  AE: ['UAE', 'Emirates'],
  BA: ['Bosnia'],
  BN: ['Brunei Darussalam'],
  BQ: ['Bonaire, Sint Eustatius and Saba'],
  CC: ['Cocos (Keeling) Islands', 'Keeling Islands'],
  CD: ['DR Congo', 'DRC', 'Congo-Kinshasa', 'Congo - Kinshasa', 'Democratic Republic of Congo'],
  CG: ['Congo-Brazzaville', 'Congo - Brazzaville', 'Republic of Congo'],
  CI: ["Cote d'Ivoire"],
  CN: ["People's Republic of China", 'PRC', 'mainland China'],
  CV: ['Cabo Verde'],
  CZ: ['Czech Republic'],
  FK: ['Malvinas'],
  FM: ['Federated States of Micronesia'],
  GB: ['UK', 'Great Britain', 'Britain', 'United Kingdom of Great Britain and Northern Ireland'],
  HK: ['Hong Kong SAR', 'Hong Kong SAR China'],
  HM: ['Heard Island and McDonald Islands'],
  IE: ['Republic of Ireland'],
  IR: ['Islamic Republic of Iran'],
  KP: ["Democratic People's Republic of Korea", 'DPRK'],
  KR: ['Republic of Korea'],
  LA: ["Lao People's Democratic Republic"],
  MD: ['Republic of Moldova'],
  MK: ['Macedonia'],
  MM: ['Burma', 'Myanmar (Burma)'],
  MO: ['Macau', 'Macao SAR China', 'Macao SAR'],
  NL: ['Holland', 'Kingdom of the Netherlands'],
  NZ: ['Aotearoa'],
  PN: ['Pitcairn'],
  PS: ['Palestinian Territories', 'State of Palestine'],
  RU: ['Russian Federation'],
  SZ: ['Swaziland'],
  SY: ['Syrian Arab Republic'],
  TL: ['East Timor'],
  TR: ['Turkiye'],
  TZ: ['United Republic of Tanzania'],
  UM: ['US Outlying Islands'],
  US: ['USA', 'United States of America', 'America'],
  VA: ['Holy See', 'Vatican'],
  VI: ['US Virgin Islands'],
  VN: ['Viet Nam'],
}

const EU = 'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'

/** Members as of 2026. Where people do not agree on what belongs to a region (Europe, Asia), an org defines its own. */
const REGIONS: readonly (readonly [name: string, countries: string, ...aliases: string[]])[] = [
  ['EU', EU, 'European Union'],
  ['EEA', `${EU} IS LI NO`, 'European Economic Area'],
  ['EFTA', 'CH IS LI NO', 'European Free Trade Association'],
  [
    'Schengen area',
    'AT BE BG CH CZ DE DK EE ES FI FR GR HR HU IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK',
    'Schengen',
  ],
  ['eurozone', 'AT BE BG CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK', 'euro area'],
  ['Nordics', 'DK FI IS NO SE', 'Nordic countries'],
  ['Scandinavia', 'DK NO SE'],
  ['Baltics', 'EE LT LV', 'Baltic states', 'Baltic countries'],
  ['Benelux', 'BE LU NL'],
  ['DACH', 'AT CH DE'],
  ['North America', 'CA MX US'],
  ['South America', 'AR BO BR CL CO EC FK GF GY PE PY SR UY VE'],
  ['GCC', 'AE BH KW OM QA SA', 'Gulf states', 'Gulf Cooperation Council'],
  ['ASEAN', 'BN ID KH LA MM MY PH SG TH TL VN'],
  ['G7', 'CA DE FR GB IT JP US'],
  ['Five Eyes', 'AU CA GB NZ US'],
]

/** One spelling for the many of a name: `St. Barthélemy`, `Saint Barthelemy`; `the U.S.`, `US`. */
const fold = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}|\./gu, '')
    .replace(/[’ʼ‘]/g, "'")
    .replace(/&/g, ' and ')
    .toLowerCase()
    .replace(/\bthe /g, '')
    .replace(/\bst\b/, 'saint')
    .replace(/\s+/g, ' ')
    .trim()

const nameOf = new Map<string, string>()
const codeOf = new Map<string, string>()
const regionOf = new Map<string, Region>()

for (const entry of NAMES.trim().split(/[|\n]/)) nameOf.set(entry.slice(0, 2), entry.slice(3))
for (const [code, name] of nameOf) {
  for (const spelling of [name, ...(ALIASES[code] ?? [])]) codeOf.set(fold(spelling), code)
}
for (const [name, countries, ...aliases] of REGIONS) {
  const region: Region = { name, countries: countries.split(' ').sort() }
  for (const spelling of [name, ...aliases]) regionOf.set(fold(spelling), region)
}

/** The codes of every country, sorted. */
export const COUNTRIES: readonly string[] = [...nameOf.keys()]

/** Every region that needs no definition. */
export const COMMON_REGIONS: readonly Region[] = [...new Set(regionOf.values())]

const CODE = /^(?:the )?([A-Z])\.?([A-Z])\.?$/

/** The code of a country by its English name, of any case, or its code in capitals: `in` and `us` are words first. */
export function countryNamed(text: string): string | null {
  const [, first = '', second = ''] = CODE.exec(text) ?? []
  return nameOf.has(first + second) ? first + second : (codeOf.get(fold(text)) ?? null)
}

/** As `countryNamed`, of a value somebody stored or sent: there a code may be small. */
export const countryHeld = (text: string): string | null =>
  /^[a-z]{2}$/.test(text) ? countryNamed(text.toUpperCase()) : countryNamed(text)

/** The English name by which `countryNamed` finds the code again; the code itself where there is none. */
export const countryName = (code: string): string => nameOf.get(code) ?? code

/** A region that needs no definition, by any of its names. */
export const regionNamed = (text: string): Region | null => regionOf.get(fold(text)) ?? null
