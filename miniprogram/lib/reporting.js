/** What the pages of reports show, from what the API says: plain text, ready for WXML. */

const { patient } = require('./showing');
const { fullDate } = require('./time');

/**
 * @typedef {import('../api/model').ReportLine} ReportLine
 * @typedef {import('../api/model').Report} Report
 * @typedef {import('../api/model').Values} Values
 */

/** By patient, in the order in which they come. @param {ReportLine[]} lines */
function patients(lines) {
  /** @type {Map<string, { key: string, who: string, reports: ReportLine[] }>} */
  const found = new Map();
  lines.forEach((line) => {
    const key = line.card_key;
    const of = found.get(key) || { key, who: patient(line), reports: [] };
    of.reports.push(line);
    found.set(key, of);
  });
  return [...found.values()];
}

/** @param {Report} told */
function report(told) {
  return { patient: patient(told), isClosed: told.report === null, content: told.report, canShare: told.can_share, share: told.share };
}

/** @param {Values} told */
function values(told) {
  return { name: told.name, patient: patient(told), values: told.values.map((one) => ({ ...one, at: fullDate(one.at) })) };
}

module.exports = { patients, report, values };
