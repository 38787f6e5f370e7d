// Runs the mini-program of this repository: its real WXML, WXSS, JSON and JS, in WeChat's own component engine (engine.js), on this phone.

import { ask, el } from "/phone/assets/shared/live.js";
import { Components } from "./components.js";
import { registerElements } from "./elements.js";
import { Modules } from "./modules.js";
import { Pages } from "./pages.js";
import { styles } from "./styles.js";
import { Theme } from "./theme.js";
import { hearTaps, Pulling } from "./touching.js";
import { createWx } from "./wx.js";

const shell = window.parent !== window ? window.parent.phoneShell : null;
const person = Number(document.body.dataset.number);

async function run() {
  if (!shell) { location.replace("/phone/#/app"); return; } // the bar, the scanner and the cashier are the phone's
  const [{ files }, credentials] = await Promise.all([ask("/phone/wechat/miniprogram/package"), ask("/sandbox/credentials")]);
  const app = JSON.parse(files["app.json"]);
  const components = new Components(files, app.usingComponents || {});
  const theme = new Theme(app, files);
  const pages = new Pages(components, app, document.body, theme, (bar) => shell.miniProgram.bar(bar));
  const paint = () => document.documentElement.style.setProperty("--ground", theme.colour(app.window.backgroundColor, "#ffffff"));
  theme.onChange(() => { paint(); pages.tell(); });
  paint();
  const titles = Object.fromEntries(Object.values(credentials.miniprogram.templates).map(({ template_id, title }) => [template_id, title]));
  const wx = createWx({ person, appid: credentials.miniprogram.appid, titles, hospital: credentials.hospital_name }, shell, pages, new Pulling(document.body, () => pages.front));
  let theApp = {};
  components.modules = new Modules(files, {
    wx, App: (options) => { theApp = options; }, getApp: () => theApp,
    Page: (options) => components.page(options), Component: (options) => components.component(options),
  });
  registerElements();
  hearTaps(person);
  // What an installation writes into config.js: where its Zhenfu is. Here it is behind this phone's own host.
  Object.assign(components.modules.load("config"), { origin: location.origin, hospital: credentials.wechat.hospital });
  components.modules.load("app");
  for (const name of app.pages) components.of(name); // all of them, so that a mistake in any shows at once
  document.adoptedStyleSheets = styles(files, [...components.known.keys()]);
  for (const heard of ["unhandled", "unhandledrejection"]) {
    window.addEventListener(heard, (event) => theApp.onUnhandledRejection?.({ reason: event.reason ?? event.detail }));
  }
  theApp.onLaunch?.({});
  theApp.onShow?.({});
  // What the phone around it does.
  window.miniProgram = {
    open: (url) => pages.go("reLaunch", { url: `/${url.replace(/^\//, "")}` }),
    back: () => pages.go("navigateBack"),
    sleep: () => pages.sleep(),
    wake: () => pages.wake(),
  };
  await window.miniProgram.open(shell.miniProgram.wanted() || app.pages[0]);
}

run().catch((error) => {
  console.error(error);
  document.body.append(el("p", { class: "broken" }, `小程序打不开：${error.message}`));
});
