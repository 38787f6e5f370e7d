// The mini-program as the client shows it: its bar and its frame. It goes on living behind, and comes back where it was.

import { ask, el } from "/phone/assets/shared/live.js";

const LINK = /^(https:\/\/wxaurl\.cn\/|weixin:\/\/dl\/business\/)/; // of generate_urllink and generatescheme
const CODE = /^weixin:\/\/mini\/[^/]+\/([^?]*)\?scene=(.*)$/; // of getwxacodeunlimit, as this sandbox prints it
const $ = (id) => document.getElementById(id);
const HOME = "#/";

export class MiniProgramView {
  view = "app";

  begin(shell) {
    this.wanted = "";
    shell.miniProgram = {
      /** The page that it shall begin with; "" for its first. */
      wanted: () => this.wanted,
      bar: ({ title, depth, ground, ink }) => {
        $("app-title").textContent = title;
        $("app-back").hidden = depth < 2;
        $("phone").style.setProperty("--app-bar", ground);
        $("phone").style.setProperty("--app-ink", ink);
      },
    };
    $("app-back").onclick = () => this.running?.back();
    $("app-close").onclick = () => { location.hash = HOME; };
    $("app-again").onclick = () => { this.stop(); this.load(""); };
  }

  get running() { return this.frame?.contentWindow.miniProgram; }

  enter(page) {
    if (!this.running) { this.stop(); this.load(page); }
    else if (page) this.running.open(page);
    else this.running.wake();
  }

  takes(url) { return LINK.test(url) || CODE.test(url); }

  async follow(url) {
    const code = url.match(CODE);
    const there = code ? { path: code[1], query: `scene=${code[2]}` } : await ask(`/sandbox/miniprogram/link?link=${encodeURIComponent(url)}`).catch(() => ({ path: "", query: "" }));
    location.replace(`#/app/${encodeURIComponent(there.path && [there.path, there.query].filter(Boolean).join("?"))}`);
  }

  leave() { this.running?.sleep(); }

  load(page) {
    this.wanted = page;
    $("app-title").textContent = "";
    this.frame = el("iframe", { title: "小程序", src: "/phone/wechat/miniprogram/", allow: "clipboard-write" });
    $("app").replaceChildren(this.frame);
  }

  stop() {
    this.frame?.remove();
    this.frame = null;
  }

  draw() {}
  row() { return null; }
}
