/** One wish of a person at the server once, however often they tap while nobody knows whether the server has it. */

const api = require('../api/index');
const { Problem } = require('../api/problem');

/**
 * @template W what is asked for
 * @template A what the server answers
 */
class Once {
  /** @param {(wanted: W, key: string) => Promise<A>} ask */
  constructor(ask) {
    this.ask = ask;
    /** What a tap asked for, kept while its outcome is unknown: the next tap for the same then goes out under the same key. */
    this.attempt = /** @type {{ key: string, wanted: W } | null} */ (null);
  }

  /** @param {W} wanted */
  async send(wanted) {
    const before = this.attempt;
    const same = before && JSON.stringify(before.wanted) === JSON.stringify(wanted);
    const attempt = before && same ? before : { key: api.newKey(), wanted };
    this.attempt = attempt;
    try {
      const answer = await this.ask(attempt.wanted, attempt.key);
      this.attempt = null;
      return answer;
    } catch (error) {
      if (!(error instanceof Problem && error.unknown)) this.attempt = null;
      throw error;
    }
  }
}

module.exports = { Once };
