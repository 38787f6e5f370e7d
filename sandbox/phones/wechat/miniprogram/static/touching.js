// Fingers and mice: what a browser hears becomes what WeChat's elements hear. j-component makes taps of touches only, so touches are kept from it and every click is a tap.

import { el, tell as post } from "/phone/assets/shared/live.js";
import { hit, tell } from "./elements.js";
import { ask } from "./questions.js";

const PULLED_PX = 60;

export function hearTaps(person) {
  for (const name of ["touchstart", "touchmove", "touchend", "touchcancel"]) {
    window.addEventListener(name, (event) => { if (event.target.closest?.("page")) event.stopPropagation(); }, { capture: true, passive: true });
  }
  document.addEventListener("click", (event) => {
    const dom = event.target.closest?.("page") && hit(event.target);
    if (!dom || event.target.closest("wx-button[disabled]")) return;
    tell(dom, "tap");
    const button = dom.closest("wx-button[data-open-type]");
    if (button) open(button, person);
  });
  document.addEventListener("keydown", (event) => { // a keyboard, for whoever has no mouse
    if ((event.key === "Enter" || event.key === " ") && event.target.matches?.("wx-button")) { event.preventDefault(); event.target.click(); }
  });
}

/** What WeChat does when a button of this `open-type` is tapped. */
async function open(button, person) {
  const type = button.dataset.openType;
  if (type === "agreePrivacyAuthorization") tell(button, "agreeprivacyauthorization");
  if (type !== "getPhoneNumber") return;
  const may = await ask({ title: "申请获取你的手机号", text: "用于查询缴费单和接收通知", yes: "允许", no: "不允许" });
  if (!may) tell(button, "getphonenumber", { errMsg: "getPhoneNumber:fail user deny" });
  else tell(button, "getphonenumber", { errMsg: "getPhoneNumber:ok", ...(await post("/sandbox/miniprogram/phone_code", { person: String(person) })) });
}

/** Pull to refresh, by finger or mouse, where the page in front has it and is at its top. */
export class Pulling {
  constructor(place, front) {
    this.front = front;
    this.from = null;
    this.sign = place.appendChild(el("div", { class: "pulling" }, "···"));
    window.addEventListener("touchstart", (event) => this.begin(event.touches[0].clientY, event), { capture: true, passive: true });
    window.addEventListener("touchmove", (event) => this.move(event.touches[0].clientY), { capture: true, passive: true });
    window.addEventListener("touchend", () => this.end(), { capture: true, passive: true });
    window.addEventListener("mousedown", (event) => this.begin(event.clientY, event));
    window.addEventListener("mousemove", (event) => { if (event.buttons) this.move(event.clientY); });
    window.addEventListener("mouseup", () => this.end());
  }

  begin(y, event) {
    const page = this.front();
    const mayBePulled = page?.canBePulled && page.frame.scrollTop <= 0 && page.frame.contains(event.target);
    this.from = mayBePulled ? y : null;
  }

  move(y) {
    if (this.from !== null) this.sign.style.height = `${Math.min(90, Math.max(0, (y - this.from) / 2))}px`;
  }

  end() {
    if (this.from === null) return;
    this.from = null;
    if (parseFloat(this.sign.style.height) < PULLED_PX / 2) { this.stop(); return; }
    this.sign.style.height = "44px";
    this.front().pull();
  }

  stop() { this.sign.style.height = "0"; }
}
