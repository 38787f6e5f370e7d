// WeChat's stack of pages: what a tap opens is opened, what is covered is hidden and keeps its place, what is left is unloaded. The moves follow each other.

import { joined } from "./modules.js";

const { jComponent } = window.miniProgramEngine;
const STACK_MAX = 10;

export class Pages {
  /**
   * @param {import("./components.js").Components} components
   * @param {{ pages: string[], window: object }} app app.json
   * @param {HTMLElement} place
   * @param {import("./theme.js").Theme} theme
   * @param {(bar: { title: string, depth: number, ground: string, ink: string }) => void} told what the bar above the pages shows now
   */
  constructor(components, app, place, theme, told) {
    Object.assign(this, { components, app, place, theme, told });
    this.stack = [];
    this.moving = Promise.resolve();
    this.awake = true;
  }

  get front() { return this.stack.at(-1); }

  /** @param {"navigateTo"|"redirectTo"|"reLaunch"|"navigateBack"} move */
  go(move, given = {}) {
    const moved = this.moving.then(() => this[move](given));
    this.moving = moved.catch(() => undefined);
    return moved;
  }

  async navigateTo({ url }) {
    if (this.stack.length >= STACK_MAX) throw new Error("webview count limit exceed");
    this.must(url);
    await this.front?.cover();
    this.front.frame.hidden = true;
    return this.push(url);
  }

  async redirectTo({ url }) {
    this.must(url);
    this.pop();
    return this.push(url);
  }

  async reLaunch({ url }) {
    this.must(url);
    while (this.stack.length) this.pop();
    return this.push(url);
  }

  async navigateBack() {
    if (this.stack.length < 2) throw new Error("cannot navigate back at first page");
    this.pop();
    this.front.frame.hidden = false;
    this.tell();
    await this.front.show();
  }

  /** The mini-program goes behind, or comes back in front. */
  async sleep() { if (this.awake) { this.awake = false; await this.front?.cover(); } }
  async wake() { if (!this.awake) { this.awake = true; await this.front?.show(); } }

  must(url) {
    if (!this.app.pages.includes(placeOf(this.front, url).name)) throw new Error(`page "${url}" is not found`);
  }

  async push(url) {
    const { name, query } = placeOf(this.front, url);
    const page = new OpenPage(this.components.of(name), query, this.place);
    this.stack.push(page);
    this.tell();
    await page.start();
  }

  pop() {
    this.stack.pop()?.close();
  }

  /** The page in front names itself. */
  title(title) {
    this.front.json = { ...this.front.json, navigationBarTitleText: title };
    this.tell();
  }

  tell() {
    const { title, ground, ink } = this.theme.bar({ ...this.app.window, ...this.front.json });
    this.told({ title, depth: this.stack.length, ground, ink });
  }
}

/** The page that an address of this package means: `pages/bill/bill?id=1`, from the root or from the page in front. The query's values stay encoded, as WeChat leaves them. */
function placeOf(front, url) {
  const [path, search = ""] = url.split("?");
  const name = joined(front && !path.startsWith("/") && path.startsWith(".") ? front.path : "", path);
  return { name, query: Object.fromEntries(search.split("&").filter(Boolean).map((pair) => [pair.split("=")[0], pair.split("=").slice(1).join("=")])) };
}

class OpenPage {
  constructor({ id, path, json, fields }, query, place) {
    Object.assign(this, { path, json, query });
    this.frame = place.appendChild(document.createElement("page"));
    this.component = jComponent.create(id);
    this.component.attach(this.frame);
    this.page = Object.assign(this.component.instance, fields, { route: path, options: query });
  }

  async start() {
    await this.call("onLoad", this.query);
    await this.show();
    await this.call("onReady");
  }

  async show() {
    this.component.triggerPageLifeTime("show");
    await this.call("onShow");
  }

  async cover() {
    this.component.triggerPageLifeTime("hide");
    await this.call("onHide");
  }

  get canBePulled() { return Boolean(this.json.enablePullDownRefresh && this.page.onPullDownRefresh); }
  pull() { return this.call("onPullDownRefresh"); }

  close() {
    this.call("onUnload");
    this.component.detach();
    this.frame.remove();
  }

  /** A page's own mistake is shown to whoever maintains it and stops nothing; WeChat does not wait for promises, and neither do the moves. */
  call(name, ...given) {
    try {
      Promise.resolve(this.page[name]?.(...given)).catch((error) => window.dispatchEvent(new CustomEvent("unhandled", { detail: error })));
    } catch (error) {
      console.error(error);
    }
  }
}
