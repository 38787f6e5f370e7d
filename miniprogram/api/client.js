const { Problem } = require('./problem');
const { LoginSession } = require('./session');

/**
 * @typedef {import('./wechat').Phone} Phone
 * @typedef {import('./wechat').Asked} Asked
 * @typedef {import('./wechat').Answer} Answer
 * @typedef {{ method: Asked['method'], path: string, body?: object, key?: string }} Wanted
 */

const TRIES_MAX = 3;
const READ_TIMEOUT_MS = 10000;
/** Starting a payment asks the hospital and WeChat Pay. */
const WRITE_TIMEOUT_MS = 25000;
const PAUSES_MS = [600, 1800];
/** A server that asks for a longer pause than this is a sentence to the person, not a spinner. */
const RETRY_AFTER_MAX_MS = 8000;
const REMEMBERED_MAX = 30;
const PASSING = [502, 503, 504];

/**
 * One call of the API: token, tries, time-outs, and what is known already (ETag). Throws `Problem` and nothing else.
 * What may safely be asked twice is: reading, deleting, and a write with an Idempotency-Key, which goes out again unchanged.
 */
class Client {
  /**
   * @param {Phone} phone
   * @param {{ origin: string, hospital: string }} where
   */
  constructor(phone, where) {
    this.phone = phone;
    this.base = `${where.origin}/api/v1/${encodeURIComponent(where.hospital)}`;
    this.session = new LoginSession(phone, this.base);
    /** @type {Map<string, { etag: string, body: unknown }>} */
    this.remembered = new Map();
  }

  /** Nothing of the person is kept: the next call begins as a stranger's. */
  forget() {
    this.session.forget();
    this.remembered.clear();
  }

  /**
   * @param {string} path
   * @returns {Promise<any>}
   */
  get(path) {
    return this.send({ method: 'GET', path });
  }

  /**
   * @param {Wanted} wanted
   * @returns {Promise<any>}
   */
  async send(wanted) {
    let renewed = false;
    for (let tries = 1; ; ) {
      const token = await this.session.token();
      const outcome = await this.once(wanted, token);
      if (!(outcome instanceof Problem)) return outcome.body;
      if (outcome.status === 401 && !renewed) {
        renewed = true; // does not count as a try: the call itself was never looked at
        this.session.refused(token);
        continue;
      }
      const pause = this.pauseBefore(wanted, outcome, tries);
      if (pause === null) throw outcome;
      await this.phone.wait(pause);
      tries += 1;
    }
  }

  /**
   * @private
   * @param {Wanted} wanted
   * @param {string} token
   * @returns {Promise<{ body: unknown } | (Problem & { retryAfterMs?: number })>}
   */
  async once(wanted, token) {
    const { method, path, body, key } = wanted;
    const known = method === 'GET' ? this.remembered.get(path) : undefined;
    /** @type {Record<string, string>} */
    const header = { Authorization: `Bearer ${token}`, Accept: 'application/json' };
    if (body) header['Content-Type'] = 'application/json';
    if (key) header['Idempotency-Key'] = key;
    if (known) header['If-None-Match'] = known.etag;
    const timeoutMs = method === 'GET' ? READ_TIMEOUT_MS : WRITE_TIMEOUT_MS;
    let answer;
    try {
      answer = await this.phone.request({ method, url: this.base + path, header, body, timeoutMs });
    } catch (error) {
      if (error instanceof Problem) return error;
      throw error;
    }
    if (known && answer.status === 304) return { body: known.body };
    if (answer.status >= 200 && answer.status <= 299) {
      if (method === 'GET') this.remember(path, answer);
      return { body: answer.body };
    }
    return Object.assign(Problem.of(answer.status, answer.body), { retryAfterMs: retryAfterMs(answer, this.phone.now()) });
  }

  /**
   * How long to wait before asking again; null when there is no point in it.
   * @private
   * @param {Wanted} wanted
   * @param {Problem & { retryAfterMs?: number }} problem
   * @param {number} tries so far
   * @returns {number | null}
   */
  pauseBefore(wanted, problem, tries) {
    if (tries >= TRIES_MAX) return null;
    const repeatable = wanted.method === 'GET' || wanted.method === 'DELETE' || Boolean(wanted.key);
    const undone = problem.status === 429 || (problem.status === 409 && problem.retryAfterMs !== undefined); // nothing has been done yet
    const passing = problem.status === 0 || PASSING.includes(problem.status);
    if (!undone && !(repeatable && passing)) return null;
    const asked = problem.retryAfterMs;
    if (asked === undefined) return PAUSES_MS[tries - 1];
    return asked <= RETRY_AFTER_MAX_MS ? asked : null;
  }

  /**
   * @private
   * @param {string} path
   * @param {Answer} answer
   */
  remember(path, answer) {
    const etag = answer.header.etag;
    this.remembered.delete(path);
    if (!etag) return;
    this.remembered.set(path, { etag, body: answer.body });
    if (this.remembered.size <= REMEMBERED_MAX) return;
    const oldest = this.remembered.keys().next().value;
    if (oldest !== undefined) this.remembered.delete(oldest);
  }
}

/**
 * `Retry-After` is seconds or a date.
 * @param {Answer} answer
 * @param {number} now
 */
function retryAfterMs(answer, now) {
  const told = answer.header['retry-after'];
  if (!told) return undefined;
  const ms = /^\d+$/.test(told) ? Number(told) * 1000 : Date.parse(told) - now;
  return Number.isNaN(ms) ? undefined : Math.max(ms, 0);
}

module.exports = { Client };
