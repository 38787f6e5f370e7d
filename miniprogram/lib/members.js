/** Of whom a page shows something: of everybody whose card the person has bound, or of the one who is chosen. */

const { patient } = require('./showing');

/** @typedef {{ card_key: string, name_masked: string, card_masked: string }} Member */

/** Among the data of every list that `of` fills. */
const MEMBERS = { chosen: '', members: /** @type {ReturnType<typeof lines>} */ ([]) };

/** Spread into a page that `load` fills: whoever is tapped in `components/members` is shown. */
const whenChosen = {
  /**
   * @this {{ setData(changed: { chosen: string }): void, load(): Promise<unknown> }}
   * @param {WechatMiniprogram.CustomEvent<{ key: string }>} event
   */
  choose(event) {
    this.setData({ chosen: event.detail.key });
    return this.load();
  },
};

/**
 * What `components/members` shows; nobody where there is no choice.
 * @param {readonly Member[]} members
 * @param {string} chosen the key of one, empty for all
 */
function lines(members, chosen) {
  if (members.length < 2) return [];
  const each = members.map((member) => ({ key: member.card_key, text: patient(member), here: member.card_key === chosen }));
  return [{ key: '', text: '全部', here: !chosen }, ...each];
}

/**
 * Whoever was chosen and is not among the cards any more is nobody's choice.
 * @param {readonly Member[]} cards
 * @param {string} asked
 * @returns {typeof MEMBERS}
 */
function of(cards, asked) {
  const chosen = cards.length > 1 && cards.some((card) => card.card_key === asked) ? asked : '';
  return { chosen, members: lines(cards, chosen) };
}

/**
 * @template {{ card_key: string }} T
 * @param {readonly T[]} items
 * @param {string} chosen
 */
function only(items, chosen) {
  return items.filter((item) => !chosen || item.card_key === chosen);
}

module.exports = { MEMBERS, lines, of, only, whenChosen };
