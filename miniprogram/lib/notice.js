/** A sentence that one page leaves for the next one, which says it once. */

let left = '';

/** @param {string} text */
function leave(text) {
  left = text;
}

function take() {
  const text = left;
  left = '';
  return text;
}

module.exports = { leave, take };
