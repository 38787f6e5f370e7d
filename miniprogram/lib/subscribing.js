const api = require('../api/index');

/** WeChat takes three templates in one question. */
const TEMPLATES_MAX = 3;
/** What may have to be told next, the likeliest first. */
const EXPECTED = {
  paid: ['payment_booked', 'payment_late', 'payment_returned'],
  refunding: ['refund_arrived', 'payment_returned', 'refund_accepted'],
};
/** @typedef {keyof typeof EXPECTED} Moment */
/** @typedef {import('../api/model').Subscription} Subscription */
/** @typedef {import('../api/model').SubscriptionsAsked['results']} Results */
const ANSWERS = /** @type {const} */ (['accept', 'acceptWithAudio', 'acceptWithAlert', 'reject', 'ban', 'filter']);

/**
 * The messages of one question at this moment: those that are expected, then the rest in the hospital's order.
 * @param {Subscription[]} subscriptions
 * @param {Moment} moment
 */
function fitting(subscriptions, moment) {
  const expected = EXPECTED[moment];
  const [likely, others] = [true, false].map((wanted) => subscriptions.filter(({ purpose }) => expected.includes(purpose) === wanted));
  likely.sort((one, other) => expected.indexOf(one.purpose) - expected.indexOf(other.purpose));
  return likely.concat(others).slice(0, TEMPLATES_MAX);
}

/**
 * Asks whether the hospital may send these messages, and tells the server what the person chose. WeChat allows the question
 * only in a tap or in the payment's callback. Whatever comes of it, it never stands in the way of what the person is doing.
 * @param {Subscription[]} subscriptions all that the hospital has
 * @param {Moment} moment
 * @returns {Promise<number>} how many were accepted
 */
async function ask(subscriptions, moment) {
  const tmplIds = fitting(subscriptions, moment).map(({ template_id: id }) => id);
  if (!tmplIds.length || !wx.requestSubscribeMessage) return 0;
  const told = await question(tmplIds);
  /** @type {Results} */
  const results = {};
  tmplIds.forEach((id) => {
    const answer = ANSWERS.find((one) => one === told[id]);
    if (answer) results[id] = answer;
  });
  if (!Object.keys(results).length) return 0;
  await api.subscribe(results).catch(() => undefined); // an SMS says it where a message can't
  return Object.values(results).filter((result) => result.startsWith('accept')).length;
}

/**
 * @param {string[]} tmplIds
 * @returns {Promise<Record<string, string>>}
 */
function question(tmplIds) {
  return new Promise((resolve) => {
    wx.requestSubscribeMessage({
      tmplIds,
      success: (told) => resolve(/** @type {Record<string, string>} */ (/** @type {unknown} */ (told))),
      fail: () => resolve({}), // switched off in WeChat's settings, or no tap
    });
  });
}

module.exports = { ask, fitting };
