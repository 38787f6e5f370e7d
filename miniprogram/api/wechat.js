/** The phone as the API client sees it: every `wx` call that it makes. Tests give another one. */

/**
 * @typedef {{ method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, header: Record<string, string>, body?: object, timeoutMs: number }} Asked
 * @typedef {{ status: number, header: Record<string, string>, body: unknown }} Answer
 * @typedef {{
 *   request(asked: Asked): Promise<Answer>,
 *   login(): Promise<string>,
 *   wait(ms: number): Promise<void>,
 *   now(): number,
 *   random(): string,
 * }} Phone
 */
const { Problem } = require('./problem');

/** @type {Phone} */
const wechat = {
  request({ method, url, header, body, timeoutMs }) {
    return new Promise((resolve, reject) => {
      wx.request({
        method,
        url,
        header,
        data: body,
        timeout: timeoutMs,
        success: (told) => resolve({ status: told.statusCode, header: lowered(told.header), body: told.data }),
        fail: (told) => reject(Problem.unreachable(/timeout/i.test(told.errMsg))),
      });
    });
  },

  login() {
    return new Promise((resolve, reject) => {
      wx.login({
        timeout: 10000,
        success: (told) => (told.code ? resolve(told.code) : reject(Problem.unreachable(false))),
        fail: (told) => reject(Problem.unreachable(/timeout/i.test(told.errMsg))),
      });
    });
  },

  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  now: () => Date.now(),

  /** 32 characters. It tells requests apart and guards nothing, so `Math.random` will do. */
  random() {
    let text = '';
    while (text.length < 32) text += Math.floor(Math.random() * 36).toString(36);
    return text;
  },
};

/**
 * Phones differ in how they write the names of headers.
 * @param {object} header
 */
function lowered(header) {
  /** @type {Record<string, string>} */
  const named = {};
  Object.entries(header || {}).forEach(([name, value]) => {
    named[name.toLowerCase()] = String(value);
  });
  return named;
}

module.exports = wechat;
