// The loader: <fanfare-challenge challenge="…">. It paints the board from a snapshot at once, then fetches the core, which
// takes over. It sets one thing on the host page: the custom element.
//
// Attributes: challenge; board, which of its boards is shown first (else the one looked at last); lang (else the page's, else the
// browser's); theme (dark, light, else the browser's); token, the host's signed word about its fan; compact, where the page
// tells title and brief itself. The property token may be a
// text or a function that returns one, or a promise of one. uncounted keeps what is seen and opened here from being counted. Events:
// fanfare:voted, fanfare:entered, fanfare:signin, fanfare:viewed, fanfare:shared.
import css from "fanfare:style";

const PARTS = FANFARE_PARTS; // names of the built files, put in by the build
const script = document.currentScript;
const base = script.src.replace(/\/embed\.js.*$/, "");
const asset = (name) => `${base}/assets/${name}`;

const ROWS = 3; // a phone's first screen; the core brings the rest, for which room is kept
const MOST = 20; // rows that a board shows
const WIDE = 860; // px; room for two columns, as in bridge.js
const AGAIN = 30000; // ms between tries where something is out of reach
const SOON = 3000; // ms before a core that broke down is started anew

// Words that are painted before any other file is there. What is said when something is amiss stands in the sentences.
const WORDS = {
  en: ["Board", "Gallery", "My photos", "Photos ", "Votes ", "Enter your photo", "Try again"],
  zh: ["榜单", "全部作品", "我的作品", "作品 ", "票数 ", "我要投稿", "重试"],
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

const get = async (url) => {
  const response = await fetch(url);
  if (!response.ok) throw response.status;
  return response.text();
};

const read = (path) => get(`${base}/api/v1/challenges/${path}`);

// kept is the board looked at last, under the name that the core gives it.
const kept = (challenge) => {
  try {
    return localStorage.getItem(`fanfare ${base} ${challenge} board`);
  } catch {
    // a browser that keeps nothing
  }
};

// core is fetched once for all elements of the page.
let core;
const loadCore = () => core = core || (async () => {
  const { start, style } = await import(asset(PARTS.core));
  return { style, widgets: await start(asset(PARTS.wasm)) };
})();

class Challenge extends HTMLElement {
  static get observedAttributes() {
    return ["challenge", "board", "lang"];
  }

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
    const from = this.closest("[lang]");
    this.chinese = /^zh/i.test(from && from.lang || navigator.language);
    this.words = WORDS[this.chinese ? "zh" : "en"];
    this.wide = this.clientWidth >= WIDE;
    const challenge = this.getAttribute("challenge") || "";
    const path = encodeURIComponent(challenge);
    const scope = this.getAttribute("board") || kept(challenge) || "";
    const board = `${path}/board?limit=${ROWS}`;
    try {
      const [challengeReply, boardReply] = await Promise.all([
        read(path), read(`${board}&scope=${encodeURIComponent(scope)}`).catch(() => read(board)), // a board may be gone
      ]);
      if (run !== this.run) return;
      this.challenge = JSON.parse(challengeReply);
      this.paint(JSON.parse(boardReply));
      this.mount(run, { base, challenge, challengeReply, boardReply, token: () => this.askToken(), failed: () => this.failed(run) });
    } catch (error) {
      if (run !== this.run) return;
      this.say(await this.sentence(error === 404 ? PARTS.gone : PARTS.out));
      this.timer = setTimeout(() => this.open(), AGAIN);
    }
  }

  get language() {
    return this.chinese ? "zh-CN" : "en";
  }

  async mount(run, settings) {
    try {
      const [{ style, widgets }, sentences] = await Promise.all([loadCore(), get(asset(PARTS[this.language]))]);
      if (run !== this.run) return;
      if (!this.styled) addStyle(this.shadowRoot, style);
      this.styled = true;
      this.unmount = widgets.mount(this.place, { ...settings, lang: this.language, sentences });
    } catch (error) {
      core = null;
      console.warn("fanfare: a page must allow", base, "in script-src and connect-src, and 'wasm-unsafe-eval':", error);
      if (run === this.run) this.watch(run, settings.challenge);
    }
  }

  // failed starts anew after the core broke down.
  failed(run) {
    core = null;
    if (run === this.run) this.timer = setTimeout(() => this.open(), SOON);
  }

  // askToken asks the host page for its signed word about the fan: the property, a text or a function, else the attribute.
  askToken() {
    const token = typeof this.token === "function" ? this.token() : this.token;
    return token || this.getAttribute("token") || "";
  }

  // watch keeps the board true where the core cannot run, and says so.
  async watch(run, challenge) {
    const words = await this.sentence(PARTS.only);
    try {
      const board = JSON.parse(await read(`${encodeURIComponent(challenge)}/board?limit=${MOST}`));
      if (run !== this.run) return;
      this.paint(board, true);
    } catch {
      // the board painted before stays
    }
    if (run !== this.run) return;
    this.place.querySelector(".tabs").replaceWith(h("p", "state", words));
    const enter = this.place.querySelector(".main");
    if (enter) enter.remove();
    this.timer = setTimeout(() => this.watch(run, challenge), AGAIN);
  }

  // sentence is a line of the catalogue; without a network there is at least the way to try again.
  async sentence(line) {
    try {
      return (await get(asset(PARTS[this.language]))).split("\n")[line];
    } catch {
      return "";
    }
  }

  show(...parts) {
    if (!this.place) { // what the page put inside the element is seen until here
      addStyle(this.attachShadow({ mode: "open" }), css);
      this.shadowRoot.append(this.place = h("div"));
    }
    const panel = h("div", this.wide ? "ff wide" : "ff", ...parts);
    panel.lang = this.language;
    this.place.replaceChildren(panel);
  }

  say(words) {
    if (!this.place && this.children.length) return;
    const button = h("button", "main", this.words[6]);
    button.onclick = () => this.open();
    this.show(h("div", "state", h("p", "", words), button));
  }

  // paint shows what the core will show, as far as it stands in the snapshot, so that nothing moves when it takes over. Where
  // nothing of the votes can be seen, the core has no board.
  paint(board, ranked = board.shows !== "nothing") {
    const { now, entries, votes, hashtag, title, brief, boards } = this.challenge;
    const words = this.words;
    const open = (at) => Date.parse(at) > Date.parse(now);
    const windows = [entries, votes].filter((w) => open(w.closes)); // the core tells of two that end together in one line
    if (entries.closes === votes.closes && !open(entries.opens) && !open(votes.opens)) windows.pop();
    const say = (text) => text[this.language] || text.en || text["zh-CN"];
    const tabs = words.slice(this.wide || !ranked ? 1 : 0, 3).map((name, i) => {
      const tab = h("span", "tab", name);
      tab.setAttribute("aria-selected", !i);
      return tab;
    });
    const bar = h("div", "tabs", ...tabs);
    const rows = board.rows.filter((row) => row.photo).map((row) => this.row(row, board.scope[0] === "f"));
    while (rows.length < Math.min(board.entries, MOST)) rows.push(h("li", "row"));
    const pane = ranked ? h("section", "pane board", ...this.wide ? [h("h3", "", words[0])] : [], h("div", boards.length > 3 ? "choice many" : "choice"), h("ol", "rows", ...rows)) : "";
    this.show(
      h("header", "head",
        h("div", "tagline", h("span", "hashtag", hashtag)), h("h2", "title", say(title)), h("p", "brief", say(brief)),
        h("div", "deed",
          h("div", "facts",
            h("div", "when", ...windows.map(() => h("p"))),
            h("p", "totals", h("span", "", words[3] + number(board.entries)), ...board.votes == null ? [] : [h("span", "", words[4] + number(board.votes))])),
          ...!open(entries.opens) && open(entries.closes) ? [h("span", "main", h("span", "i"), words[5])] : [])),
      ...this.wide ? [h("div", "cols", h("div", "", bar), pane)] : [bar, h("div", "cols", pane)]);
  }

  // row leaves out what the rules let nobody see. Among friends nobody is a hero.
  row({ rank = "", score, caption, author, photo }, friends) {
    const hero = rank && rank <= 3 && !friends;
    const img = h("img");
    img.alt = "";
    const sizes = photo.sizes.filter((s) => (s.name === "square") !== hero);
    if (hero) {
      img.sizes = "(min-width: 800px) 400px, 100vw";
      img.srcset = sizes.map((s) => `${at(s.url)} ${s.width}w`).join();
    } else if (sizes[0]) {
      img.src = at(sizes[0].url);
    }
    return h("li", hero ? `row hero r${rank}` : "row", h("span", "rank", rank), h("span", "pic", img),
      h("div", "words", h("p", "cap", caption), h("p", "by", author)), h("span", "vote", heart(), h("span", "score", score == null ? "" : number(score))));
  }
}

// at is a photo's whole address; photos may have a host of their own.
const at = (url) => /^h/.test(url) ? url : base + url;

const number = (n) => n.toLocaleString("en");

const heart = () => {
  const [svg, path] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
  svg.setAttribute("class", "i");
  svg.setAttribute("viewBox", "0 0 24 24");
  path.setAttribute("d", "M12 20.3C5.6 16 3 12.6 3 9.1A4.9 4.9 0 0 1 12 6.4a4.9 4.9 0 0 1 9 2.7c0 3.5-2.6 6.9-9 11.2z");
  svg.append(path);
  return svg;
};

if (!customElements.get("fanfare-challenge")) customElements.define("fanfare-challenge", Challenge);
