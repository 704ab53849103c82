// The loader: <fanfare-challenge>. It paints the board from a snapshot at once, then fetches the core, which takes over.
// It sets one thing on the host page: the custom element.
import css from "fanfare:style";

const PARTS = FANFARE_PARTS; // names of the built files, put in by the build
const script = document.currentScript;
const base = script.src.replace(/\/embed\.js.*$/, "");
const asset = (name) => `${base}/assets/${name}`;

const ROWS = 8; // a phone's first two screens; the core asks for the rest
const WIDE = 860; // px; room for two columns, as in bridge.js
const AGAIN = 30000; // ms between tries where something is out of reach

const WORDS = {
  en: {
    tabs: ["Board", "Gallery", "My photos"], photos: "Photos", votes: "Votes", enter: "Enter your photo", again: "Try again",
    name: "This element needs the name of a challenge: challenge=\"…\"",
    gone: "There is no challenge here (any more).",
    out: "This could not be loaded. Check the connection, then try again.",
    only: "You see the board, refreshed every half minute. Voting and entering do not work here: this browser or this page does not allow WebAssembly.",
  },
  zh: {
    tabs: ["榜单", "全部作品", "我的作品"], photos: "作品", votes: "票数", enter: "我要投稿", again: "重试",
    name: "缺少挑战赛名称：challenge=\"…\"",
    gone: "没有找到这个挑战赛，或已下线。",
    out: "加载失败，请检查网络后重试。",
    only: "当前浏览器或页面不支持 WebAssembly，暂时无法投票和投稿；榜单每半分钟刷新一次。",
  },
};

// addStyle uses a constructed sheet, which no security policy forbids; older browsers get an element.
const addStyle = (root, text) => {
  if (!root.adoptedStyleSheets) return root.prepend(h("style", "", text));
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
};

// h makes an element; texts stay texts.
const h = (tag, className, ...children) => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
};

const read = async (path) => {
  const response = await fetch(`${base}/api/v1/challenges/${path}`, { headers: { Accept: "application/json" } });
  if (!response.ok) throw response.status;
  return response.text();
};

// core is fetched once for all elements of the page.
let core;
const loadCore = () => core = core || (async () => {
  const { start, style } = await import(asset(PARTS.core));
  return { style, widgets: await start(asset(PARTS.wasm)) };
})();

class Challenge extends HTMLElement {
  static observedAttributes = ["challenge", "lang"];

  connectedCallback() {
    this.open();
  }

  disconnectedCallback() {
    this.shut();
  }

  attributeChangedCallback(_, before, after) {
    if (before !== after && this.isConnected && this.run) this.open();
  }

  shut() {
    clearTimeout(this.timer);
    if (this.unmount) this.unmount();
    this.run = this.unmount = null;
  }

  async open() {
    this.shut();
    const run = this.run = {}; // what belongs to an earlier run gives up
    if (!this.place) {
      addStyle(this.attachShadow({ mode: "open" }), css);
      this.shadowRoot.append(this.place = h("div"));
    }
    const from = this.closest("[lang]");
    const lang = (from && from.lang || navigator.language || "en").toLowerCase().startsWith("zh") ? "zh-CN" : "en";
    const words = WORDS[lang.slice(0, 2)];
    const slug = this.getAttribute("challenge");
    const wide = this.clientWidth >= WIDE;
    if (!slug) return this.say(lang, words.name);
    const path = encodeURIComponent(slug);
    let challengeReply, boardReply;
    try {
      [challengeReply, boardReply] = await Promise.all([read(path), read(`${path}/board?limit=${ROWS}`)]);
      if (run !== this.run) return;
      this.paint(JSON.parse(challengeReply), JSON.parse(boardReply), lang, words, wide);
    } catch (error) {
      if (run !== this.run) return;
      if (error === 404) return this.say(lang, words.gone);
      this.say(lang, words.out, words.again);
      this.timer = setTimeout(() => this.open(), AGAIN);
      return;
    }
    try {
      const [{ style, widgets }, sentences] = await Promise.all([
        loadCore(), fetch(asset(PARTS[lang])).then((r) => r.ok ? r.text() : Promise.reject(r.status)),
      ]);
      if (run !== this.run) return;
      if (!this.styled) addStyle(this.shadowRoot, style);
      this.styled = true;
      this.unmount = widgets.mount(this.place, {
        base, challenge: slug, lang, challengeReply, boardReply, sentences, wide, token: () => this.askToken(),
      });
    } catch (error) {
      console.warn("fanfare: the widget needs script-src and connect-src for", base, "and 'wasm-unsafe-eval':", error);
      core = null;
      if (run === this.run) this.watch(path, JSON.parse(challengeReply), lang, words, wide);
    }
  }

  // askToken asks the host page for its signed word about the fan: the property, a text or a function, else the attribute.
  askToken() {
    const token = typeof this.token === "function" ? this.token() : this.token;
    return token || this.getAttribute("token") || "";
  }

  // watch keeps the board true where the core cannot run, and says so.
  async watch(path, challenge, lang, words, wide) {
    const run = this.run;
    try {
      const board = JSON.parse(await read(`${path}/board?limit=20`));
      if (run !== this.run) return;
      this.paint(challenge, board, lang, words, wide);
      this.place.querySelector(".tabs").replaceWith(h("p", "state", words.only));
    } catch {
      // the board painted before stays
    }
    if (run === this.run) this.timer = setTimeout(() => this.watch(path, challenge, lang, words, wide), AGAIN);
  }

  show(panel, lang) {
    panel.lang = lang;
    this.place.replaceChildren(panel);
  }

  say(lang, words, again) {
    const state = h("div", "state", h("p", "", words));
    if (again) {
      const button = h("button", "main", again);
      button.onclick = () => this.open();
      state.append(button);
    }
    this.show(h("div", "ff", state), lang);
  }

  // paint shows what the core will show, as far as it stands in the snapshot, so that nothing moves when it takes over.
  paint(challenge, board, lang, words, wide) {
    const { now, entries, votes } = challenge;
    const ends = [entries.closes, votes.closes].filter((at) => Date.parse(at) > Date.parse(now)).length || 1;
    const entering = Date.parse(entries.opens) <= Date.parse(now) && Date.parse(now) < Date.parse(entries.closes);
    const say = (text) => text[lang] || text.en || text["zh-CN"];
    const number = (n) => Number(n).toLocaleString("en");
    const tabs = words.tabs.slice(wide ? 1 : 0).map((name, i) => {
      const tab = h("span", "tab", name);
      tab.setAttribute("aria-selected", String(!i));
      return tab;
    });
    const rows = h("ol", "rows", ...board.rows.map((row) => this.row(row, number)));
    const pane = h("section", "pane board", rows);
    if (wide) pane.prepend(h("h3", "", words.tabs[0]));
    this.show(h("div", wide ? "ff wide" : "ff",
      h("header", "head",
        h("div", "tagline", h("span", "hashtag", challenge.hashtag)),
        h("h2", "title", say(challenge.title)), h("p", "brief", say(challenge.brief)),
        h("div", "deed",
          h("div", "facts", h("div", "when", ...Array.from({ length: ends }, () => h("p"))),
            h("p", "totals", h("span", "", `${words.photos} ${number(board.entries)}`), h("span", "", `${words.votes} ${number(board.votes)}`))),
          ...entering ? [h("span", "main", h("span", "i"), words.enter)] : [])),
      h("div", "tabs", ...tabs),
      h("div", "cols", ...wide ? [h("div")] : [], pane)), lang);
  }

  row({ rank, score, caption, author, photo }, number) {
    const hero = rank <= 3;
    const img = h("img");
    img.alt = "";
    const sizes = photo.sizes.filter((s) => (s.name === "square") !== hero);
    if (hero) {
      img.sizes = "(min-width: 800px) 400px, 100vw";
      img.srcset = sizes.map((s) => `${base}${s.url} ${s.width}w`).join(", ");
    } else if (sizes[0]) {
      img.src = base + sizes[0].url;
    }
    return h("li", hero ? `row hero r${rank}` : "row",
      h("span", "rank", String(rank)), h("span", "pic", img),
      h("div", "words", h("p", "cap", caption), h("p", "by", author)),
      h("span", "vote", heart("i"), h("span", "score", number(score))));
  }
}

const heart = (className) => {
  const make = (tag) => document.createElementNS("http://www.w3.org/2000/svg", tag);
  const svg = make("svg");
  const path = make("path");
  svg.setAttribute("class", className);
  svg.setAttribute("viewBox", "0 0 24 24");
  path.setAttribute("d", "M12 20.3C5.6 16 3 12.6 3 9.1A4.9 4.9 0 0 1 12 6.4a4.9 4.9 0 0 1 9 2.7c0 3.5-2.6 6.9-9 11.2z");
  svg.append(path);
  return svg;
};

if (!customElements.get("fanfare-challenge")) customElements.define("fanfare-challenge", Challenge);
