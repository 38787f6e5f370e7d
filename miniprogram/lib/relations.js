/** What a patient is to whoever bound their card, in words. */

/** @typedef {NonNullable<import('../api/openapi').components['schemas']['CardAsked']['family']>} Family */

/** @typedef {{ own: boolean, family?: Family }} Whose what is said of a card that is bound */

/** @type {Array<{ code: Family, title: string }>} */
const FAMILY = [
  { code: 'child', title: '子女' },
  { code: 'ward', title: '被监护人' },
  { code: 'parent', title: '父母' },
  { code: 'spouse', title: '配偶' },
  { code: 'other', title: '其他' },
];

/** @type {Record<string, string>} */
const TITLES = { self: '本人', ...Object.fromEntries(FAMILY.map((one) => [one.code, one.title])) };

/**
 * A name with what the patient is to whoever looks at it, where they said it.
 * @param {string} name
 * @param {string | null | undefined} relation
 */
function named(name, relation) {
  const title = TITLES[relation || ''];
  return title ? `${name}（${title}）` : name;
}

module.exports = { FAMILY, named };
