'use strict';
/** The project as WeChat's developer tools will see it: everything it names is there, WeChat's own compilers take it, nothing foreign or secret is in it. */
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const compiler = require('miniprogram-compiler');

global.window = { __webview_engine_version__: 0.02 }; // what wcc's output asks the page for

const ROOT = path.join(__dirname, '../../miniprogram');
const VENDORED = path.join(ROOT, 'miniprogram_npm/weui-miniprogram');
const read = (name) => fs.readFileSync(path.join(ROOT, name), 'utf8');
const json = (name) => JSON.parse(read(name));

function files(folder = ROOT) {
  return fs.readdirSync(folder, { withFileTypes: true, recursive: true }).filter((one) => one.isFile()).map((one) => path.relative(ROOT, path.join(one.parentPath || one.path, one.name)));
}
const ours = files().filter((name) => !name.startsWith('miniprogram_npm'));
const pages = json('app.json').pages;
const components = ours.filter((name) => /^components\/.*\.json$/.test(name)).map((name) => name.slice(0, -5));

test('every page and component is complete, and names only what is there', () => {
  for (const name of [...pages, ...components]) {
    for (const kind of ['js', 'json', 'wxml']) assert.ok(ours.includes(`${name}.${kind}`), `${name}.${kind}`);
    for (const used of Object.values(json(`${name}.json`).usingComponents)) assert.ok(fs.existsSync(path.join(ROOT, `${used}.js`)), `${name}: ${used}`);
  }
  const folders = new Set(ours.filter((name) => name.startsWith('pages/')).map((name) => name.replace(/\.[^.]+$/, '')));
  assert.deepStrictEqual([...folders].sort(), [...pages].sort());
});

test('every address that a page opens is a page', () => {
  for (const name of ours.filter((one) => /\.(js|wxml)$/.test(one))) {
    for (const [, page] of read(name).matchAll(/['"`]\/(pages\/[a-z/]+)/g)) assert.ok(pages.includes(page), `${name}: ${page}`);
  }
});

/** What a page or component says of itself to WeChat's client, with everything that is spread into it. */
function declared(name) {
  let told;
  Object.assign(global, { wx: {}, App() {}, Page: (options) => (told = options), Component: (options) => (told = options.methods) });
  require(path.join(ROOT, name));
  return told;
}

test('every handler that a page names is a method of it', () => {
  for (const name of [...pages, ...components]) {
    const methods = declared(name);
    for (const [, handler] of read(`${name}.wxml`).matchAll(/\s(?:bind|catch):?[a-z]+="([A-Za-z]+)"/g)) {
      assert.equal(typeof methods[handler], 'function', `${name}: ${handler}`);
    }
  }
});

test("WeChat's own compilers take every WXML and WXSS", () => {
  const gwx = new Function(compiler.wxmlToJs(ROOT))();
  for (const name of [...pages, ...components]) assert.equal(typeof gwx(`${name}.wxml`), 'function', name);
  const styled = compiler.wxssToJs(ROOT);
  for (const word of ['.page--large', '.weui-btn_primary', '.scan__title']) assert.ok(styled.includes(word), word);
});

test('every class that is used is styled here or by WeUI, and every style of ours is used', () => {
  const css = read('styles/zhenfu.wxss');
  const weui = read('miniprogram_npm/weui-miniprogram/weui-wxss/dist/style/weui.wxss');
  const markup = ours.filter((name) => name.endsWith('.wxml')).map(read).join('\n');
  const used = new Set([...markup.matchAll(/(?:class|ext-class)="([^"]+)"/g)].flatMap(([, names]) => names.replace(/\{\{.*?\}\}/g, (code) => (code.match(/'[^']*'/g) || []).join(' ').replace(/'/g, '')).split(/\s+/)).filter((one) => /^[a-z][a-z_-]*[a-z]$/.test(one) && !one.endsWith('-')));
  for (const one of used) assert.ok(css.includes(`.${one}`) || weui.includes(`.${one}`), `no style: ${one}`);
  const looks = ['success', 'waiting', 'warn', 'info'];
  for (const [, one] of css.matchAll(/\.([a-z][a-z_-]+)/g)) {
    const isLook = looks.some((look) => one.endsWith(`--${look}`));
    assert.ok(used.has(one) || isLook || one.startsWith('weui-'), `not used: ${one}`);
  }
});

test('what is vendored is the library as it is published, with its licence', () => {
  const published = path.join(__dirname, 'node_modules/weui-miniprogram');
  for (const name of files(VENDORED)) {
    const inside = path.relative('miniprogram_npm/weui-miniprogram', name);
    const original = inside === 'LICENSE' ? path.join(published, inside) : path.join(published, 'miniprogram_dist', inside);
    assert.ok(fs.readFileSync(original).equals(fs.readFileSync(path.join(ROOT, name))), name);
  }
  assert.match(read('miniprogram_npm/weui-miniprogram/LICENSE'), /MIT/);
});

test('it fits into one package and brings no address but the one to be replaced', () => {
  const size = files().filter((name) => !/\.(d\.ts|md)$/.test(name)).reduce((sum, name) => sum + fs.statSync(path.join(ROOT, name)).size, 0);
  assert.ok(size < 2 * 1024 * 1024, `${size} bytes`);
  const addresses = ours.filter((name) => /\.(js|wxml|wxss|json)$/.test(name)).flatMap((name) => [...read(name).matchAll(/https?:\/\/[^\s'"`)]+/g)].map((one) => `${name} ${one[0]}`));
  assert.deepStrictEqual(addresses, ['config.js https://pay.hospital.example']);
});

test('no secret, no log of what people typed, nothing kept but the size of type', () => {
  for (const name of ours.filter((one) => one.endsWith('.js'))) {
    const source = read(name);
    assert.ok(!/secret\s*[:=]|-----BEGIN|session_key/i.test(source), name);
    if (name !== 'app.js') assert.ok(!/console\./.test(source), name);
    if (name !== 'lib/type-size.js') assert.ok(!/setStorage/.test(source), name);
  }
});

test('text for people is Chinese, on every page', () => {
  for (const name of ours.filter((one) => one.endsWith('.wxml'))) {
    const text = read(name).replace(/\{\{.*?\}\}/gs, '').replace(/<[^>]*>/gs, '');
    assert.ok(!/[A-Za-z]{2,}/.test(text), `${name}: ${text.match(/[A-Za-z]{2,}/)}`);
  }
});
