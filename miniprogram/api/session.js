const { Problem } = require('./problem');

/** @typedef {import('./model').Session} Session */

const LOGIN_TRIES_MAX = 3;
const LOGIN_PAUSE_MS = 800;
/** A token this close to its end would expire on the way. */
const MARGIN_MS = 20000;
const TIMEOUT_MS = 10000;

/**
 * Who the person is to the server. The tokens live in memory only: `wx.login` is silent and always at hand, so the phone's
 * storage needs no credential. However many calls wait for a token, one asks for it.
 */
class LoginSession {
  /**
   * @param {import('./wechat').Phone} phone
   * @param {string} base the address below which the API of this hospital is
   */
  constructor(phone, base) {
    this.phone = phone;
    this.base = base;
    /** @type {{ access: string, refresh: string, until: number } | null} */
    this.tokens = null;
    /** @type {Promise<string> | null} */
    this.renewing = null;
  }

  /**
   * A token that is good now.
   * @returns {Promise<string>}
   */
  token() {
    if (this.tokens && this.phone.now() < this.tokens.until) return Promise.resolve(this.tokens.access);
    if (!this.renewing) {
      this.renewing = this.renew().finally(() => {
        this.renewing = null;
      });
    }
    return this.renewing;
  }

  /**
   * The server did not take this token. If another call has renewed it meanwhile, nothing is lost.
   * @param {string} access
   */
  refused(access) {
    if (this.tokens && this.tokens.access === access) this.tokens.until = 0;
  }

  forget() {
    this.tokens = null;
  }

  /** @private */
  async renew() {
    const refresh = this.tokens && this.tokens.refresh;
    this.tokens = null; // a refresh token is good once: were its answer lost, using it again would end the session for a thief's sake
    if (refresh) {
      try {
        return this.keep(await this.ask('/session/rotation', { refresh_token: refresh }));
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
      }
    }
    return this.login();
  }

  /** @private */
  async login() {
    for (let tries = 1; ; tries += 1) {
      try {
        return this.keep(await this.ask('/session', { code: await this.phone.login() })); // each code is good once
      } catch (error) {
        const again = error instanceof Problem && error.unknown && tries < LOGIN_TRIES_MAX;
        if (!again) throw error;
        await this.phone.wait(LOGIN_PAUSE_MS * tries);
      }
    }
  }

  /**
   * @private
   * @param {string} path
   * @param {object} body
   * @returns {Promise<Session>}
   */
  async ask(path, body) {
    const header = { 'Content-Type': 'application/json', Accept: 'application/json' };
    const answer = await this.phone.request({ method: 'POST', url: this.base + path, header, body, timeoutMs: TIMEOUT_MS });
    if (answer.status < 200 || answer.status > 299) throw Problem.of(answer.status, answer.body);
    return /** @type {Session} */ (answer.body);
  }

  /**
   * @private
   * @param {Session} told
   */
  keep(told) {
    const until = this.phone.now() + Math.max(told.expires_in * 1000 - MARGIN_MS, 1000);
    this.tokens = { access: told.access_token, refresh: told.refresh_token, until };
    return told.access_token;
  }
}

module.exports = { LoginSession };
