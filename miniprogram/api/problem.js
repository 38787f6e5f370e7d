/** What a person is told when something did not work. Never a technical word, never less than what to do now. */

const TEXTS = {
  offline: '网络连接不上，请检查手机网络后再试。',
  slow: '网络太慢，没有收到回应，请再试一次。',
  busy: '现在人比较多，请稍等一会儿再试。',
  broken: '系统暂时有问题，请稍后再试，或到窗口办理。',
};

/**
 * `code` is the API's stable code, or one of ours: offline, slow, busy, broken, refused.
 * `unknown` says that the server may have done it all the same.
 */
class Problem extends Error {
  /**
   * @param {string} code
   * @param {string} text for the person
   * @param {{ status?: number, reference?: string, unknown?: boolean, amountFen?: number }} [more]
   */
  constructor(code, text, more = {}) {
    super(code);
    this.name = 'Problem';
    this.code = code;
    this.text = text;
    this.status = more.status || 0;
    this.reference = more.reference || '';
    this.unknown = more.unknown || false;
    /** What is to be paid now, where only that has changed. */
    this.amountFen = more.amountFen;
  }

  /** @param {boolean} slow no answer in time, as against no connection */
  static unreachable(slow) {
    return slow ? new Problem('slow', TEXTS.slow, { unknown: true }) : new Problem('offline', TEXTS.offline, { unknown: true });
  }

  /**
   * From an answer that is no success: problem+json `{code, detail, reference}`, or whatever a proxy on the way says.
   * @param {number} status
   * @param {unknown} body
   */
  static of(status, body) {
    const told = /** @type {{ code?: unknown, detail?: unknown, reference?: unknown, amount_fen?: unknown }} */ (
      body && typeof body === 'object' ? body : {}
    );
    const usual = status === 429 ? 'busy' : 'broken';
    const code = typeof told.code === 'string' ? told.code : usual;
    const text = typeof told.detail === 'string' && told.detail ? told.detail : TEXTS[usual];
    const reference = typeof told.reference === 'string' ? told.reference : '';
    const amountFen = typeof told.amount_fen === 'number' ? told.amount_fen : undefined;
    return new Problem(code, text, { status, reference, amountFen, unknown: status >= 500 });
  }
}

/**
 * The sentence for a person, whatever was thrown.
 * @param {unknown} error
 */
function textOf(error) {
  if (!(error instanceof Problem)) return TEXTS.broken;
  return error.reference && error.status >= 500 ? `${error.text}（编号 ${error.reference}）` : error.text;
}

module.exports = { Problem, textOf };
