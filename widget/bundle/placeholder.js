// Stands in for the loader where the widget was not built. `make build` builds it.
customElements.get("fanfare-challenge") || customElements.define("fanfare-challenge", class extends HTMLElement {
  connectedCallback() {
    this.attachShadow({ mode: "open" }).textContent =
      "The widget is not built into this server. Run “make build” and start it again. · 服务端未包含前端组件，请运行 make build 后重启。";
  }
});
