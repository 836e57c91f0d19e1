((page) => {
  const early = [];
  const show = (node, tapped) => {
    const on = node.getAttribute("aria-pressed");
    if (on) node.setAttribute("aria-pressed", on === "false");
    else node.toggleAttribute("data-tapped", tapped);
  };
  const keep = ({ type, target }) => {
    const { value, checked } = target;
    const taps = type === "click";
    const node = taps ? target.closest("button:enabled") : target;
    if (!node) return;
    if (taps) show(node, true);
    early.push({ taps, node, value, checked });
  };
  const repeat = ({ taps, node, value, checked }) => {
    if (taps) return node.click();
    Object.assign(node, { value, checked });
    node.dispatchEvent(new Event("input", { bubbles: true }));
    node.dispatchEvent(new Event("change", { bubbles: true }));
  };
  addEventListener("click", keep);
  addEventListener("input", keep);
  new MutationObserver((_, watch) => {
    watch.disconnect();
    removeEventListener("click", keep);
    removeEventListener("input", keep);
    for (const { taps, node } of early) if (taps) show(node, false);
    if (page.hasAttribute("data-hydrated")) for (const act of early) setTimeout(repeat, 0, act);
  }).observe(page, { attributeFilter: ["data-hydrated", "data-stuck"] });
})(document.documentElement);
