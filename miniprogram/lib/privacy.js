/**
 * WeChat's privacy consent: before a privacy interface is used for the first time, WeChat asks the page
 * (`wx.onNeedPrivacyAuthorization`), and goes on or gives up by what the person tapped. The dialog is `components/privacy`.
 */

/** @typedef {(answer: { event: 'exposureAuthorization' | 'agree' | 'disagree', buttonId?: string }) => void} Answer */

/** @type {Answer | null} */
let waiting = null;
/** @typedef {{ asked(): void, answered(): void }} Dialog */
/** @type {Set<Dialog>} one on every page that is open, in front or covered */
const dialogs = new Set();

/** Once, when the app starts. */
function listen() {
  if (!wx.onNeedPrivacyAuthorization) return; // below base library 2.32.3 WeChat asks by itself
  wx.onNeedPrivacyAuthorization((resolve) => {
    if (waiting) waiting({ event: 'disagree' }); // one question at a time
    waiting = /** @type {Answer} */ (/** @type {unknown} */ (resolve));
    waiting({ event: 'exposureAuthorization' });
    dialogs.forEach((dialog) => dialog.asked());
  });
}

/**
 * A page's dialog: told whenever WeChat wants an answer, and when there is one.
 * @param {Dialog} dialog
 */
function join(dialog) {
  dialogs.add(dialog);
  if (waiting) dialog.asked();
}

/**
 * The page is closed. Only the one in front can be, and who goes away from the question does not agree.
 * @param {Dialog} dialog
 */
function leave(dialog) {
  dialogs.delete(dialog);
  answer(false, '');
}

/**
 * @param {boolean} agreed
 * @param {string} buttonId the button that WeChat saw being tapped
 */
function answer(agreed, buttonId) {
  const tell = waiting;
  if (!tell) return;
  waiting = null;
  dialogs.forEach((dialog) => dialog.answered());
  tell(agreed ? { event: 'agree', buttonId } : { event: 'disagree' });
}

/**
 * Has the person agreed? Asks first where WeChat has not asked yet. Before anything personal is read or typed.
 * @returns {Promise<boolean>}
 */
function agreed() {
  return new Promise((resolve) => {
    if (!wx.requirePrivacyAuthorize) return resolve(true);
    wx.requirePrivacyAuthorize({ success: () => resolve(true), fail: () => resolve(false) });
  });
}

/**
 * The name of the hospital's privacy guide, as registered with WeChat, and whether it still waits for consent.
 * @returns {Promise<{ name: string, needed: boolean }>}
 */
function contract() {
  const unknown = { name: '《用户隐私保护指引》', needed: false };
  return new Promise((resolve) => {
    if (!wx.getPrivacySetting) return resolve(unknown);
    wx.getPrivacySetting({
      success: (told) => resolve({ name: told.privacyContractName || unknown.name, needed: told.needAuthorization }),
      fail: () => resolve(unknown),
    });
  });
}

/** Opens the guide itself. */
function open() {
  if (wx.openPrivacyContract) wx.openPrivacyContract({});
}

module.exports = { listen, join, leave, answer, agreed, contract, open };
