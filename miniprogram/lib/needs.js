/** The needs of the first page, from what the API says: plain text, and the page of the mini-program where each is done. */

const places = require('./places');
const { patient } = require('./showing');

/** @typedef {import('../api/model').Home} Home */

const LOOKS = /** @type {Record<Home['needs'][number]['urgency'], string>} */ ({ now: 'warn', first: 'info', to_do: 'info', news: 'success' });

/** @param {Home} home */
function needs(home) {
  return home.needs.map((need, index) => ({
    key: `${index}`,
    title: need.title,
    text: need.text,
    who: need.member ? patient(need.member) : '',
    look: LOOKS[need.urgency],
    url: places.url(need.page),
  }));
}

module.exports = { needs };
