((page, self) => {
  if (parent === self && !self.ReactNativeWebView) page.setAttribute("data-standalone", "");
  const fail = (event) => {
    const down = self.WebAssembly && (event.reason || event.error) instanceof WebAssembly.RuntimeError;
    if (down || !page.hasAttribute("data-hydrated")) page.setAttribute("data-stuck", down ? "down" : "start");
  };
  addEventListener("error", fail);
  addEventListener("unhandledrejection", fail);
  let here = location.pathname;
  const arrive = () => {
    const heading = document.querySelector("h1");
    if (!heading || here === (here = location.pathname)) return;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  };
  addEventListener("load", () => {
    const titles = new MutationObserver(() => requestAnimationFrame(arrive));
    titles.observe(document.querySelector("title"), { childList: true });
  });
})(document.documentElement, window);
