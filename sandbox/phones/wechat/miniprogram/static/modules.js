// The package's own modules: CommonJS, with what WeChat gives each of them (wx, Page, Component, App) as if it were global.

export class Modules {
  /** @param {Record<string, string>} files the package: path → text. @param {object} given names that every module sees */
  constructor(files, given) {
    Object.assign(this, { files, given });
    this.loaded = new Map();
  }

  /** What the module of this name (`pages/home/home`) exports. It runs once. */
  load(name) {
    const known = this.loaded.get(name);
    if (known) return known.exports;
    const source = this.files[`${name}.js`];
    if (source === undefined) throw new Error(`module '${name}.js' is not defined`);
    const module = { exports: {} };
    this.loaded.set(name, module);
    const names = Object.keys(this.given);
    const run = new Function("require", "module", "exports", ...names, `${source}\n//# sourceURL=miniprogram/${name}.js`);
    run((asked) => this.load(joined(name, asked)), module, module.exports, ...names.map((one) => this.given[one]));
    return module.exports;
  }
}

/** Where `asked` lies, seen from the file `from`; without an ending. */
export const joined = (from, asked) => new URL(asked, `file:///${from}`).pathname.slice(1).replace(/\.js$/, "");
