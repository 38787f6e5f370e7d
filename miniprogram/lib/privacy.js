/**
 * WeChat's privacy consent: before a privacy interface is used for the first time, WeChat asks the page
 * (`wx.onNeedPrivacyAuthorization`), and goes on or gives up by what the person tapped. The dialog is `components/privacy`.
 */

/** @typedef {(answer: { event: 'exposureAuthorization' | 'agree' | 'disagree', buttonId?: string }) => void} Answer */

/** @type {Answer | null} */
let waiting = null;
/** @type {Set<() => void>} */
const dialogs = new Set();

/** Once, when the app starts. */
function listen() {
  if (!wx.onNeedPrivacyAuthorization) return; // below base library 2.32.3 WeChat asks by itself
  wx.onNeedPrivacyAuthorization((resolve) => {
    if (waiting) waiting({ event: 'disagree' }); // one question at a time
    waiting = /** @type {Answer} */ (/** @type {unknown} */ (resolve));
    waiting({ event: 'exposureAuthorization' });
    dialogs.forEach((show) => show());
  });
}

/**
 * The dialog of the page in front; called whenever WeChat wants an answer.
 * @param {() => void} show
 */
function onAsked(show) {
  dialogs.add(show);
  if (waiting) show();
}

/** @param {() => void} show */
function noLonger(show) {
  dialogs.delete(show);
}

/**
 * @param {boolean} agreed
 * @param {string} buttonId the button that WeChat saw being tapped
 */
function answer(agreed, buttonId) {
  if (!waiting) return;
  waiting(agreed ? { event: 'agree', buttonId } : { event: 'disagree' });
  waiting = null;
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

module.exports = { listen, onAsked, noLonger, answer, agreed, contract, open };
