// The browser inside a phone's app: an iframe on the phone's own host, so its title and address can be read.

import { el } from "./live.js";

export class InAppBrowser {
  /** `home`: origins that the phone shows as its own. `onClose` is called when the last page is left. */
  constructor({ frame, title, back, progress, home, onClose }) {
    Object.assign(this, { place: frame, title, back, progress, home, onClose });
    this.depth = 0;
    this.goingBack = false;
    back.onclick = () => this.goBack();
  }

  /** The address on this phone's host; null for one that leads out of the sandbox. */
  local(url) {
    try {
      const target = new URL(url, location.origin);
      if (target.origin === location.origin || this.home.includes(target.origin)) return location.origin + target.pathname + target.search + target.hash;
    } catch { /* no address at all */ }
    return null;
  }

  open(url) {
    this.close();
    const local = this.local(url);
    if (!local) {
      this.title.textContent = "网页";
      this.place.replaceChildren(el("p", { class: "outside" }, `这个地址不在沙箱里：${url}`));
      return;
    }
    this.frame = el("iframe", { title: "网页", allow: "clipboard-write" });
    this.frame.onload = () => this.arrived();
    this.title.textContent = "";
    this.progress.hidden = false;
    this.frame.src = local;
    this.place.replaceChildren(this.frame);
    this.frame.focus();
  }

  close() {
    this.frame?.remove();
    this.frame = null;
    this.depth = 0;
    this.goingBack = false;
    this.progress.hidden = true;
  }

  goBack() {
    if (this.depth > 1) {
      this.goingBack = true;
      this.frame.contentWindow.history.back();
    } else {
      this.onClose();
    }
  }

  arrived() {
    this.progress.hidden = true;
    this.depth = this.goingBack ? this.depth - 1 : this.depth + 1;
    this.goingBack = false;
    let page;
    try { page = this.frame.contentDocument; } catch { page = null; }
    if (!page) { this.title.textContent = "网页"; return; }
    const tell = () => { this.title.textContent = page.title; };
    tell();
    new MutationObserver(tell).observe(page.head, { childList: true, subtree: true, characterData: true });
    this.frame.contentWindow.addEventListener("pagehide", () => { this.progress.hidden = false; }, { once: true });
  }
}
