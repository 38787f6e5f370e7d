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
  /** @type {Map<string, { who: string, reports: ReportLine[] }>} */
  const found = new Map();
  lines.forEach((line) => {
    const who = patient(line);
    const of = found.get(who) || { who, reports: [] };
    of.reports.push(line);
    found.set(who, of);
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
