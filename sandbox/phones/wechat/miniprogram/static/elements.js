// WeChat's own elements, as far as the package uses them. A page with another one says that it is not found.
// https://developers.weixin.qq.com/miniprogram/dev/component/

const { exparser, jComponent } = window.miniProgramEngine;
const domOf = (caller) => caller._exparserNode.$$;

/** A property that becomes an attribute of the DOM element: false and "" mean none. */
const shown = (type, attribute) => ({
  type,
  observer(value) {
    const dom = domOf(this);
    if (value === false || value === "" || value === null || value === undefined) dom.removeAttribute(attribute);
    else dom.setAttribute(attribute, value === true ? "" : value);
  },
});
/** A property that something inside the element has. */
const inside = (type, set) => ({ type, observer(value) { set(domOf(this).firstElementChild, value); } });

const SPOKEN = { ariaRole: shown(String, "role"), ariaLabel: shown(String, "aria-label"), ariaModal: shown(String, "aria-modal"), hoverClass: shown(String, "data-hover") };

function element(name, properties = {}, attached = () => undefined, methods = {}) {
  jComponent.register({ id: name, tagName: `wx-${name}`, template: "<slot/>", options: { classPrefix: "" }, properties: { ...SPOKEN, ...properties }, lifetimes: { attached }, methods });
}

const DRAWINGS = { success: ["#09bb07", "M7 12.5l3.5 3.5L17 9"], info: ["#10aeff", "M12 7v.5M12 10.5V17"], warn: ["#f76260", "M12 6.5V13M12 16.5v.5"], waiting: ["#10aeff", "M12 7v5.5l3.5 2"] };

function drawn(caller) {
  const { type, size } = caller.data;
  const [colour, line] = DRAWINGS[type] || DRAWINGS.info;
  domOf(caller).innerHTML = `<svg viewBox="0 0 24 24" width="${Number(size)}" height="${Number(size)}" aria-hidden="true"><circle cx="12" cy="12" r="11" fill="${colour}"/><path d="${line}" fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/></svg>`;
}

/** The native one inside tells; the element passes it on as WeChat does. */
function native(caller, attributes, listen) {
  const made = Object.assign(document.createElement("input"), attributes);
  listen(made);
  domOf(caller).prepend(made);
  return made;
}

export function registerElements() {
  for (const name of ["view", "text"]) element(name, { userSelect: shown(Boolean, "user-select") });
  element("image", { src: { type: String, observer(value) { domOf(this).style.backgroundImage = value ? `url(${JSON.stringify(value)})` : ""; } } });
  element("button", {
    disabled: shown(Boolean, "disabled"), loading: shown(Boolean, "loading"), openType: shown(String, "data-open-type"),
  }, function attached() {
    const dom = domOf(this);
    if (!dom.hasAttribute("role")) dom.setAttribute("role", "button");
    dom.tabIndex = 0;
  });
  const redraw = { observer() { drawn(this); } };
  element("icon", { type: { type: String, value: "info", ...redraw }, size: { type: null, value: 23, ...redraw } }, function attached() { drawn(this); });
  element("input", {
    value: inside(String, (made, value) => { if (made && made.value !== value) made.value = value; }),
    type: { type: String, value: "text" }, placeholder: inside(String, (made, value) => { if (made) made.placeholder = value; }), maxlength: { type: Number, value: 140 }, focus: Boolean,
    disabled: inside(Boolean, (made, value) => { if (made) made.disabled = value; }),
  }, function attached() {
    const { value, type, placeholder, maxlength, focus, disabled, ariaLabel } = this.data;
    const made = native(this, { value, placeholder, disabled, ...(maxlength < 0 ? {} : { maxLength: maxlength }), inputMode: type === "number" ? "numeric" : "text", ariaLabel: ariaLabel || placeholder, autocomplete: "off" }, (one) => {
      one.oninput = () => this.triggerEvent("input", { value: one.value, cursor: one.selectionStart });
      one.onblur = () => this.triggerEvent("blur", { value: one.value });
    });
    domOf(this).removeAttribute("aria-label");
    if (focus) requestAnimationFrame(() => made.focus());
  });
  element("switch", { checked: inside(Boolean, (made, value) => { if (made) made.checked = value; }) }, function attached() {
    native(this, { type: "checkbox", role: "switch", checked: this.data.checked, ariaLabel: this.data.ariaLabel }, (one) => {
      one.onchange = () => this.triggerEvent("change", { value: one.checked });
    });
    domOf(this).removeAttribute("aria-label");
  });
}

/** As when a finger has touched it: the element and all around it hear it. */
export function tell(dom, event, detail = {}) {
  const node = dom.__wxElement;
  if (node) exparser.Event.dispatchEvent(node, exparser.Event.create(event, detail, { bubbles: true, capturePhase: true, composed: true }));
}

/** The element of WeChat's that was hit, for what a browser says was hit. */
export function hit(target) {
  let dom = target;
  while (dom && !dom.__wxElement) dom = dom.parentElement;
  return dom;
}
