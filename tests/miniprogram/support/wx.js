'use strict';
/** A phone: the `wx` that the mini-program sees. `server(asked)` answers `{status, header, body}` or throws what `wx.request` fails with. */

const ARRIVES_MS = 1;

/** @param {(asked: any) => Promise<any> | any} server */
function createPhone(server) {
  const phone = {
    server,
    offline: false,
    asked: [],
    opened: [],
    toasts: [],
    titles: [],
    storage: new Map(),
    codes: 0,
    /** What the person does: each may be replaced by a test. */
    login: () => `code-${(phone.codes += 1)}`,
    scans: () => null,
    place: null,
    files: {},
    pays: (_call) => 'ok',
    subscribes: (_ids) => 'accept',
    confirms: () => true,
    copies: true,
    privacy: { needed: false, listener: null, read: 0 },
    fontSize: 16,
  };
  phone.wx = wxOf(phone);
  return phone;
}

function later(given, name, work) {
  setTimeout(async () => {
    try {
      const told = await work();
      if (given.success) given.success({ errMsg: `${name}:ok`, ...told });
    } catch (error) {
      if (given.fail) given.fail({ errMsg: `${name}:fail ${error.message}` });
    }
  }, ARRIVES_MS);
}

function refuse(text) {
  throw new Error(text);
}

function wxOf(phone) {
  const open = (kind) => (given) => {
    phone.opened.push({ kind, url: given.url });
    later(given, kind, () => ({}));
  };
  return {
    ...network(phone),
    ...person(phone),
    ...consent(phone),
    navigateTo: open('navigateTo'),
    redirectTo: open('redirectTo'),
    reLaunch: open('reLaunch'),
    navigateBack: (given = {}) => open('navigateBack')(given),
    showToast: (given) => phone.toasts.push(given.title),
    setNavigationBarTitle: (given) => phone.titles.push(given.title),
    stopPullDownRefresh: () => phone.opened.push({ kind: 'stopPullDownRefresh' }),
    getStorageSync: (key) => (phone.storage.has(key) ? phone.storage.get(key) : ''),
    setStorageSync: (key, value) => phone.storage.set(key, value),
    getAppBaseInfo: () => ({ fontSizeSetting: phone.fontSize }),
    env: { USER_DATA_PATH: 'wxfile://usr' },
    getFileSystemManager: () => ({ writeFile: (given) => later(given, 'writeFile', () => { phone.files[given.filePath] = given.data; }) }),
    openDocument: (given) => later(given, 'openDocument', () => { phone.opened.push({ kind: 'document', url: given.filePath }); }),
    previewImage: (given) => later(given, 'previewImage', () => { phone.opened.push({ kind: 'picture', url: given.urls[0] }); }),
    makePhoneCall: (given) => phone.opened.push({ kind: 'call', url: given.phoneNumber }),
    setClipboardData: (given) =>
      later(given, 'setClipboardData', () => (phone.copies ? phone.opened.push({ kind: 'copy', url: given.data }) : refuse('privacy permission is not authorized'))),
  };
}

function network(phone) {
  return {
    request: (given) =>
      later(given, 'request', async () => {
        const asked = { method: given.method, url: given.url, header: given.header, body: given.data, timeout: given.timeout };
        phone.asked.push(asked);
        if (phone.offline) refuse('net::ERR_INTERNET_DISCONNECTED');
        const told = await phone.server(asked);
        return { statusCode: told.status, header: told.header || {}, data: told.body };
      }),
    login: (given) =>
      later(given, 'login', async () => (phone.offline ? refuse('network') : { code: await phone.login() })),
  };
}

function person(phone) {
  return {
    scanCode: (given) =>
      later(given, 'scanCode', async () => {
        const result = await phone.scans();
        return result === null ? refuse('cancel') : { result };
      }),
    getLocation: (given) => later(given, 'getLocation', () => phone.place || refuse('auth deny')),
    requestPayment: (given) =>
      later(given, 'requestPayment', async () => {
        const result = await phone.pays(given);
        return result === 'ok' ? {} : refuse(result === 'cancel' ? 'cancel' : '(detail message)');
      }),
    requestSubscribeMessage: (given) =>
      later(given, 'requestSubscribeMessage', async () => {
        const chosen = await phone.subscribes(given.tmplIds);
        return chosen === 'off' ? refuse('20004') : Object.fromEntries(given.tmplIds.map((id) => [id, chosen]));
      }),
    showModal: (given) => later(given, 'showModal', () => ({ confirm: phone.confirms(given), cancel: !phone.confirms(given) })),
  };
}

function consent(phone) {
  const asks = () =>
    new Promise((resolve, reject) => {
      if (!phone.privacy.needed) return resolve({});
      phone.privacy.listener(
        (answer) => {
          phone.privacy.answers.push(answer);
          if (answer.event === 'agree') {
            phone.privacy.needed = false;
            resolve({});
          } else if (answer.event === 'disagree') reject(new Error('privacy permission is not authorized'));
        },
        { referrer: 'requirePrivacyAuthorize' },
      );
    });
  phone.privacy.answers = [];
  return {
    onNeedPrivacyAuthorization: (listener) => {
      phone.privacy.listener = listener;
    },
    requirePrivacyAuthorize: (given) => later(given, 'requirePrivacyAuthorize', asks),
    getPrivacySetting: (given) =>
      later(given, 'getPrivacySetting', () => ({
        needAuthorization: phone.privacy.needed,
        privacyContractName: '《示范医院小程序隐私保护指引》',
      })),
    openPrivacyContract: () => {
      phone.privacy.read += 1;
    },
  };
}

module.exports = { createPhone };
