'use strict';
/** Opens the mini-program's real pages: WXML by WeChat's own compiler, components by WeChat's exparser, in jsdom (miniprogram-simulate). */

const path = require('node:path');
const { JSDOM } = require('jsdom');

const dom = new JSDOM('<!doctype html><body></body>', { pretendToBeVisual: true });
for (const name of ['window', 'document', 'Node', 'Element', 'HTMLElement', 'Event', 'CustomEvent', 'MutationObserver', 'Text']) {
  if (name === 'window') global.window = dom.window;
  else global[name] = dom.window[name];
}
const exparser = require('miniprogram-exparser');
const simulate = require('miniprogram-simulate');

const ROOT = path.join(__dirname, '../../../miniprogram');
const APP = require(path.join(ROOT, 'app.json'));
const PATIENCE_MS = 30000;

/** For the pages time passes twenty times faster: their pauses are seconds, the tests' are not. */
const FASTER = Number(process.env.PAGES_FASTER || 20);
const { setTimeout: realTimeout, setInterval: realInterval } = global;
global.setTimeout = (work, ms, ...given) => realTimeout(work, ms / FASTER, ...given);
global.setInterval = (work, ms, ...given) => realInterval(work, ms / FASTER, ...given);

/** miniprogram-simulate knows components only: a page is one, whose other fields the instance gets too. */
let fields = {};
global.Page = (options) => {
  const methods = {};
  fields = {};
  for (const [name, value] of Object.entries(options)) {
    if (name === 'data') continue;
    if (typeof value === 'function') methods[name] = value;
    else fields[name] = value;
  }
  global.Component({ data: options.data, methods });
};

/** The modules of the app anew, as after WeChat has started it: no session, nothing remembered. `where` replaces what config.js says. */
function restart(phone, where) {
  for (const file of Object.keys(require.cache)) if (file.startsWith(ROOT)) delete require.cache[file];
  if (where) Object.assign(require(path.join(ROOT, 'config.js')), where);
  global.wx = phone.wx;
  let app = {};
  global.App = (options) => {
    app = options;
  };
  require(path.join(ROOT, 'app.js'));
  app.onLaunch();
}

/** One page, loaded with this query and in front; `placed` gets it before its first word is there, as a person does. */
async function open(name, query = {}, placed = () => undefined) {
  const id = simulate.load(path.join(ROOT, name), name.split('/').pop(), {
    compiler: process.env.PAGES_COMPILER || 'official',
    rootPath: ROOT,
    usingComponents: { ...APP.usingComponents },
  });
  const own = fields;
  const component = simulate.render(id);
  const place = document.createElement('div');
  document.body.appendChild(place);
  component.attach(place);
  const page = component.instance;
  for (const [key, value] of Object.entries(own)) page[key] = value;
  const screen = new Opened(name, component, page, place);
  placed(screen);
  await screen.starts(query);
  return screen;
}

class Opened {
  constructor(name, component, page, place) {
    Object.assign(this, { name, component, page, place });
  }

  async starts(query) {
    const encoded = Object.fromEntries(Object.entries(query).map(([key, value]) => [key, encodeURIComponent(value)]));
    if (this.page.onLoad) await this.page.onLoad(encoded);
    this.find('page'); // the frame of every page is there
    await this.shows();
  }

  async shows() {
    this.component.triggerPageLifeTime('show');
    if (this.page.onShow) await this.page.onShow();
  }

  get data() {
    return this.page.data;
  }

  /** All that can be read on the page. */
  text() {
    return this.place.textContent.replace(/\s+/g, '');
  }

  /** Everything on the page of this class, inside components too (the simulator puts a component's name before its classes). */
  all(name, words = '') {
    const isIt = (one) => [...one.classList].some((word) => word === name || word.endsWith(`--${name}`));
    return [...this.place.querySelectorAll('*')].filter((one) => isIt(one) && one.textContent.includes(words));
  }

  /** The one. */
  find(name, words) {
    const found = this.all(name, words);
    if (found.length !== 1) throw new Error(`${found.length} of ${name} with “${words || ''}” in: ${this.text()}`);
    return found[0];
  }

  send(found, event, detail) {
    const told = exparser.Event.create(event, detail, { bubbles: true, capturePhase: true, composed: true });
    exparser.Event.dispatchEvent(found.__wxElement, told);
  }

  tap(name, words) {
    const found = this.find(name, words);
    if (found.getAttribute('disabled') === 'true') throw new Error(`disabled: ${found.textContent}`);
    this.send(found, 'tap', {});
  }

  /** What WeChat's own elements tell: input, change, getphonenumber, agreeprivacyauthorization. */
  tell(name, words, event, detail) {
    this.send(this.find(name, words), event, detail);
  }

  close() {
    if (this.page.onUnload) this.page.onUnload();
    this.component.detach();
    this.place.remove();
  }

  /** Until the page shows it, or a generous while has gone by. */
  until(holds, what = String(holds)) {
    return until(holds, () => `${what}; the page shows: ${this.text()}`);
  }
}

async function until(holds, what = () => String(holds)) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const told = await holds();
    if (told) return told;
    if (Date.now() > end) throw new Error(`never: ${what()}`);
    await pause(5);
  }
}

/** Real milliseconds. */
const pause = (ms) => new Promise((resolve) => realTimeout(resolve, ms));

module.exports = { open, restart, until, pause, ROOT };
