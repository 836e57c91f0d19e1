// Opens the print dialog once, counts the time that is left, and loads the page again when the order has changed.
(() => {
  const main = document.querySelector("main");
  const { order, status, print, expires } = main.dataset;
  const left = document.querySelector(".left");
  if (left) {
    const show = () => {
      const seconds = Math.max(0, Number(expires) - Math.floor(Date.now() / 1000));
      left.textContent = `(${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")})`;
    };
    show();
    setInterval(show, 1000);
  }
  const still = new URL(location.href);
  still.searchParams.set("print", "no");
  if (status === "placing" || status === "awaiting_payment") {
    const events = new EventSource(`/api/orders/${order}/events`);
    events.addEventListener("status", (event) => {
      if (JSON.parse(event.data).status !== status) {
        events.close();
        location.replace(status === "placing" ? location.href : still.href);
      }
    });
  }
  if (print === "yes") {
    addEventListener("load", () => window.print());
  }
})();
