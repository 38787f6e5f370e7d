/** The cashier's phone number, as the server last told it: it stands on pages that could not be loaded, too. Nothing is kept on the phone. */

let told = '';

/** @param {string} phone */
function remember(phone) {
  told = phone;
}

/** @returns {string} empty where the hospital has none, or has not told it yet */
function known() {
  return told;
}

function call() {
  wx.makePhoneCall({ phoneNumber: told, fail: () => undefined }); // "fail" is also: changed their mind
}

module.exports = { remember, known, call };
