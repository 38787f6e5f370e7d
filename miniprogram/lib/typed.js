/**
 * What people type or paste, read by the same rules as on the server (server/core/typed.py): full-width characters, blanks, invisible
 * characters, direction marks and dashes of every kind do no harm. Both are held to tests/support/typed.json.
 */

const TYPED_CHARS_MAX = 400;
const CODE_DIGITS = 6;
const UNSEEN =
  /[\u0000-\u0008\u000e-\u001b\u007f-\u0084\u0086-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\ufff9-\ufffb]/g;
const DASHES = /[‐‑‒–—―−﹘﹣－ー˗⁃➖]/g;
const IN_CODE = /[ \-.,;:。、·()]/g;
const AROUND_MOBILE = /^(?:(?:手机|电话)号?码?|tel)[.: ]*|[ .,;。、]+$/gi;
const POINTS_IN_MOBILE = /([0-9]{3})[.·](?=[0-9]{4}(?:[.·]|$))/g;
const MOBILE = /^(?:(?:\+|00)?86|0)?(1[3-9][0-9]{9})$/;

/**
 * One line of narrow characters, with one blank for any run of blanks and nothing invisible.
 * @param {string} text
 */
function plain(text) {
  const seen = text.slice(0, TYPED_CHARS_MAX).replace(UNSEEN, '').normalize('NFKC');
  return seen.replace(DASHES, '-').replace(/[\s\u0085\u001c-\u001f]+/g, ' ').trim();
}

/**
 * Eleven digits of a mainland mobile number, however it is written; null for anything else.
 * @param {string} text
 */
function mobile(text) {
  const alone = plain(text).replace(AROUND_MOBILE, '').replace(POINTS_IN_MOBILE, '$1');
  const found = MOBILE.exec(alone.replace(/[ ()-]/g, ''));
  return found ? found[1] : null;
}

/**
 * The six digits of a one-time code: typed, filled in twice by the phone, or pasted with its whole message; null where it is not clear
 * which digits are meant.
 * @param {string} text
 */
function code(text) {
  const line = plain(text);
  const digits = line.replace(IN_CODE, '');
  if (/^[0-9]+$/.test(digits)) {
    const half = digits.slice(0, CODE_DIGITS);
    return half.length === CODE_DIGITS && (digits === half || digits === half + half) ? half : null;
  }
  const found = new Set();
  for (const run of line.match(/[0-9]+(?:[ -][0-9]+)*/g) || []) {
    const parts = run.split(/[ -]/);
    parts.forEach((part, at) => {
      if (part.length === CODE_DIGITS) found.add(part);
      else if (part.length === 3 && (parts[at + 1] || '').length === 3) found.add(part + parts[at + 1]);
    });
  }
  return found.size === 1 ? [...found][0] : null;
}

/**
 * What the code's field shows after `value` was typed or pasted into it: six digits as soon as they are clear, and no seventh behind
 * them; else what was typed, so that nothing is lost.
 * @param {string} value
 * @param {string} before what the field showed
 */
function codeField(value, before) {
  const digits = plain(value).replace(IN_CODE, '');
  if (code(before) === before && before && /^[0-9]+$/.test(digits) && digits.startsWith(before)) return before;
  return code(value) || value;
}

module.exports = { plain, mobile, code, codeField };
