"use strict";
// Filters, searches and orders the suspects, and moves among them by keys. Without it the page is whole.
(() => {
  // The files of the run have the name of this page, which the run did not know when it made it.
  const name = () => {
    try {
      return decodeURIComponent(location.pathname.split("/").pop() || "");
    } catch {
      // A name whose bytes are no UTF-8.
      return "";
    }
  };
  const page = name().match(/^([\w.-]+)\.report\.html$/);
  if (page) {
    for (const code of document.querySelectorAll("#overview code")) {
      code.textContent = code.textContent.replace("NAME", page[1]);
    }
    const note = document.getElementById("name-note");
    if (note) note.hidden = true;
  }

  const controls = document.getElementById("controls");
  const list = document.getElementById("suspect-list");
  if (!controls || !list) return;
  const pair = document.getElementById("pair");
  const search = document.getElementById("search");
  const order = document.getElementById("order");
  const shown = document.getElementById("shown");
  const cards = Array.from(list.children);
  const texts = cards.map((card) => card.textContent.toLocaleLowerCase());
  const given = cards.map((card) => (card.querySelector(".given") || card).textContent);
  controls.hidden = false;

  const filter = () => {
    const words = search.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    cards.forEach((card, place) => {
      const fits =
        (pair.value === "" || card.dataset.pair === pair.value) && words.every((word) => texts[place].includes(word));
      card.hidden = !fits;
      if (fits) count += 1;
    });
    shown.textContent = count + " shown";
  };

  const sort = () => {
    const places = cards.map((_, place) => place);
    const number = (place, name) => Number(cards[place].dataset[name]);
    places.sort((one, other) => {
      if (order.value === "label" && given[one] !== given[other]) return given[one] < given[other] ? -1 : 1;
      const name = order.value === "line" ? "line" : "rank";
      return number(one, name) - number(other, name) || one - other;
    });
    list.append(...places.map((place) => cards[place]));
  };

  const move = (step) => {
    const visible = Array.from(list.children).filter((card) => !card.hidden);
    const current = visible.findIndex((card) => card.contains(document.activeElement));
    const next = visible[current < 0 ? (step > 0 ? 0 : visible.length - 1) : current + step];
    if (next) {
      next.focus();
      next.scrollIntoView({ block: "nearest" });
    }
  };

  pair.addEventListener("change", filter);
  search.addEventListener("input", filter);
  order.addEventListener("change", sort);
  controls.addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && event.target === search) {
      search.value = "";
      filter();
    }
    if (/^(input|select|textarea)$/i.test(event.target.tagName)) return;
    if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "/") {
      event.preventDefault();
      search.focus();
    }
  });
  // A browser may keep what was entered before the page was loaded again.
  filter();
  sort();
})();
