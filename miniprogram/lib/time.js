/**
 * Times come as RFC 3339 text in the hospital's own offset (`2026-11-23T09:30:05+08:00`), so the hospital's day and clock
 * can be read off the text; the phone's time zone has no say.
 */

/**
 * `11月23日`
 * @param {string} moment
 */
function day(moment) {
  return `${Number(moment.slice(5, 7))}月${Number(moment.slice(8, 10))}日`;
}

/**
 * `11月23日 09:30`
 * @param {string} moment
 */
function dayAndTime(moment) {
  return `${day(moment)} ${moment.slice(11, 16)}`;
}

/**
 * `2026年11月23日 09:30`, where the year may be another one.
 * @param {string} moment
 */
function fullDate(moment) {
  return `${moment.slice(0, 4)}年${dayAndTime(moment)}`;
}

module.exports = { day, dayAndTime, fullDate };
