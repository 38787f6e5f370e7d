/**
 * The address here of what the API calls a page (`bills`, `appointments/ZF1/queue`); empty for what this mini-program has no page for.
 * A bill's number comes as it stands in addresses.
 */

/** @type {[RegExp, string][]} */
const PLACES = [
  [/^bills$/, '/pages/bills/bills'],
  [/^bills\/([^/]+)$/, '/pages/bill/bill?bill_nos='],
  [/^payments\/([^/]+)$/, '/pages/payment/payment?id='],
  [/^registration$/, '/pages/departments/departments'],
  [/^appointments$/, '/pages/appointments/appointments'],
  [/^appointments\/([^/]+)\/queue$/, '/pages/queue/queue?id='],
  [/^inpatient$/, '/pages/inpatient/inpatient'],
  [/^inpatient\/([^/]+)\/deposit$/, '/pages/topup/topup?key='],
  [/^inpatient\/([^/]+)\/discharge$/, '/pages/discharge/discharge?key='],
  [/^balances$/, '/pages/balances/balances'],
  [/^balances\/([^/]+)$/, '/pages/balance/balance?key='],
  [/^reports$/, '/pages/reports/reports'],
];

/** @param {string} page */
function url(page) {
  for (const [shape, address] of PLACES) {
    const found = shape.exec(page);
    if (found) return address + (found[1] || '');
  }
  return '';
}

/**
 * Those of the places that have a page here, as links.
 * @param {ReadonlyArray<{ title: string, page: string }>} places
 */
function links(places) {
  return places.map(({ title, page }) => ({ title, url: url(page) })).filter((place) => place.url);
}

module.exports = { url, links };
