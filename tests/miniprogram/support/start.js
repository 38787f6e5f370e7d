'use strict';
/** What tests of pages begin with: a played server, a phone that asks it, and the app as WeChat has just started it. */
const { afterEach, beforeEach } = require('node:test');

const { createPhone } = require('./wx');
const { createServer } = require('./server');
const { restart } = require('./pages');
const { Router } = require('./router');

/** Before each test `hold` gets a new `server` and `phone`, for a test that opens single pages. `prepare` gives the server what all tests of a file need. */
function startPhone(hold, prepare = (server) => server) {
  beforeEach(() => {
    const server = prepare(createServer());
    const phone = createPhone((asked) => server.answer(asked));
    restart(phone);
    hold({ server, phone });
  });
}

/** The same with a `router` that goes from page to page; `shows` and `tap` speak of the page in front. All pages are closed after each test. */
function startRouter(hold, prepare) {
  let router;
  startPhone(({ server, phone }) => {
    router = new Router(phone);
    const [shows, tap] = [(page, words) => router.shows(page, words), (name, words) => router.front.tap(name, words)];
    hold({ server, phone, router, shows, tap });
  }, prepare);
  afterEach(() => {
    while (router.stack.length) router.pop();
  });
}

module.exports = { startPhone, startRouter };
