// The foot of the chat: the account's menu, as the app pushed it to the platform, or the keyboard.

import { el, icon } from "./live.js";

/**
 * @param {HTMLElement} foot
 * @param {{press: (button: object) => void, say: (text: string) => Promise<void>}} actions
 */
export class Foot {
  constructor(foot, actions) {
    this.foot = foot;
    this.actions = actions;
    this.buttons = null;
    this.typing = false;
    document.addEventListener("click", (event) => { if (!foot.contains(event.target)) this.fold(); });
    foot.addEventListener("keydown", (event) => { if (event.key === "Escape") this.fold(); });
  }

  /** Draw again only when the menu is another one: a half-typed text must survive a refresh. */
  setMenu(buttons) {
    const fresh = JSON.stringify(buttons);
    if (fresh === this.drawn) return;
    this.drawn = fresh;
    this.buttons = buttons;
    this.typing = this.typing || buttons.length === 0;
    this.draw();
  }

  fold() {
    for (const sub of this.foot.querySelectorAll(".sub")) sub.hidden = true;
    for (const button of this.foot.querySelectorAll("[aria-expanded]")) button.setAttribute("aria-expanded", "false");
  }

  draw() {
    const swap = el("button", { class: "swap", type: "button", "aria-label": this.typing ? "显示菜单" : "输入文字" }, icon(this.typing ? "menu" : "keyboard"));
    swap.onclick = () => { this.typing = !this.typing; this.draw(); this.foot.querySelector("input")?.focus(); };
    this.foot.replaceChildren(...(this.buttons.length ? [swap] : []), this.typing ? this.keyboard() : this.menu());
  }

  keyboard() {
    const input = el("input", { name: "text", autocomplete: "off", maxlength: 600, "aria-label": "发消息" });
    const form = el("form", {}, input, el("button", { class: "send" }, "发送"));
    form.onsubmit = async (event) => {
      event.preventDefault();
      const text = input.value.trim();
      if (!text) return;
      input.value = "";
      await this.actions.say(text);
    };
    return form;
  }

  menu() {
    return el("div", { class: "menu" }, this.buttons.map((button) => {
      const subs = button.sub_button || [];
      if (!subs.length) return el("div", {}, el("button", { type: "button", onclick: () => this.actions.press(button) }, button.name));
      const list = el("div", { class: "sub", hidden: true }, subs.map((sub) =>
        el("button", { type: "button", onclick: () => { this.fold(); this.actions.press(sub); } }, sub.name)));
      const head = el("button", { type: "button", "aria-expanded": "false" }, `≡ ${button.name}`);
      head.onclick = () => {
        const open = list.hidden;
        this.fold();
        list.hidden = !open;
        head.setAttribute("aria-expanded", String(open));
      };
      return el("div", {}, head, list);
    }));
  }
}
