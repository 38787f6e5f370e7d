// Pages and components, from WXML, JSON and JS to what j-component can make an instance of.

import { joined } from "./modules.js";

const { jComponent } = window.miniProgramEngine;

export class Components {
  /**
   * @param {Record<string, string>} files the package
   * @param {Record<string, string>} everywhere `usingComponents` of app.json
   */
  constructor(files, everywhere) {
    Object.assign(this, { files, everywhere });
    this.modules = null; // see `start.js`: modules and components need each other
    this.known = new Map(); // path → { id, json, fields }
    this.beingMade = null;
  }

  /** Reads the page or component of this path once: `{ id, json, fields }`. */
  of(path, tag = path.split("/").pop()) {
    const known = this.known.get(path);
    if (known) return known;
    if (this.files[`${path}.wxml`] === undefined) throw new Error(`the package has no ${path}.wxml`);
    const made = { id: idOf(path), path, tag, json: JSON.parse(this.files[`${path}.json`]), fields: {}, using: {} };
    this.known.set(path, made);
    for (const [name, where] of Object.entries({ ...this.everywhere, ...made.json.usingComponents })) {
      made.using[name] = this.of(joined(path, where), name).id;
    }
    this.beingMade = made;
    this.modules.load(path);
    return made;
  }

  /** `Component(options)` in a component's script. */
  component(options) {
    const { id, path, tag, using } = this.beingMade;
    jComponent.register({
      ...options, id, path: `/${path}`, tagName: tag, template: this.files[`${path}.wxml`], usingComponents: using, relations: this.relations(path, options.relations),
      options: { ...options.options, classPrefix: "" }, // styles are the app's and shared, as every component here says (apply-shared)
    });
  }

  /** `Page(options)`: a component whose other fields each instance gets, too. */
  page(options) {
    const entries = Object.entries(options).filter(([name]) => name !== "data");
    const methods = Object.fromEntries(entries.filter(([, value]) => typeof value === "function"));
    this.beingMade.fields = Object.fromEntries(entries.filter(([, value]) => typeof value !== "function"));
    this.component({ data: options.data, methods });
  }

  /** By id, as the engine wants them; those to components that the package leaves out are left out. */
  relations(path, given = {}) {
    const named = Object.entries(given).map(([where, relation]) => [joined(path, where), relation]);
    return Object.fromEntries(named.filter(([where]) => this.files[`${where}.wxml`]).map(([where, relation]) => [idOf(where), { ...relation, target: idOf(where) }]));
  }
}

const idOf = (path) => path.replaceAll("/", "-");
