/* The steps of a case can be moved with buttons, with Alt and an arrow key, or by dragging,
   and added without a trip to the server. The number fields stay what counts: without this
   file they are typed, and “Add steps” loads the form again. */
(() => {
  "use strict";

  const frame = document.querySelector("[data-steps]");
  const list = frame?.querySelector("[data-step-list]");
  if (!list) {
    return;
  }
  const news = frame.querySelector("[data-step-news]");
  const total = frame.querySelector("input[name$=TOTAL_FORMS]");
  const template = frame.querySelector("template");
  const most = Number(frame.dataset.most);
  let dragged = null;

  const steps = () => [...list.children];
  const positionOf = (step) => step.querySelector("input[type=number]");
  const say = (text) => {
    news.textContent = text;
  };

  function number() {
    const all = steps();
    all.forEach((step, index) => {
      step.setAttribute("aria-label", `Step ${index + 1}`);
      const [up, down] = step.querySelectorAll("[data-moves] button");
      up.setAttribute("aria-label", `Move step ${index + 1} up`);
      down.setAttribute("aria-label", `Move step ${index + 1} down`);
      up.disabled = index === 0;
      down.disabled = index === all.length - 1;
    });
  }

  function renumber() {
    steps().forEach((step, index) => {
      positionOf(step).value = index + 1;
    });
    number();
  }

  function move(step, to) {
    const all = steps();
    const from = all.indexOf(step);
    if (to < 0 || to >= all.length || to === from) {
      return;
    }
    const focused = step.contains(document.activeElement) ? document.activeElement : null;
    list.insertBefore(step, to > from ? all[to].nextSibling : all[to]);
    renumber();
    if (focused) {
      // A button at the end of its way is disabled, and would lose the keyboard.
      const other = step.querySelector("[data-moves] button:not(:disabled)");
      (focused.disabled ? other : focused).focus();
    }
    step.scrollIntoView({ block: "nearest" });
    say(`Step ${from + 1} is now step ${to + 1} of ${all.length}.`);
  }

  function button(sign, by, step) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "icon-button";
    made.textContent = sign;
    made.addEventListener("click", () => move(step, steps().indexOf(step) + by));
    return made;
  }

  function equip(step) {
    const grip = document.createElement("span");
    grip.className = "grip";
    grip.title = "Drag to another position";
    grip.setAttribute("aria-hidden", "true");
    grip.textContent = "⠿";
    // Only the grip starts a drag, so that text can still be selected with the mouse.
    grip.addEventListener("pointerdown", () => {
      step.draggable = true;
    });
    step.querySelector("[data-moves]").replaceChildren(
      button("↑", -1, step),
      button("↓", 1, step),
      grip,
    );
    step.addEventListener("dragstart", (event) => {
      dragged = step;
      step.classList.add("is-dragged");
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", "");
    });
    step.addEventListener("dragend", () => {
      step.draggable = false;
      step.classList.remove("is-dragged");
      dragged = null;
      renumber();
      say(`It is now step ${steps().indexOf(step) + 1} of ${steps().length}.`);
    });
    positionOf(step).addEventListener("change", (event) => {
      const wanted = Number(event.target.value);
      if (wanted >= 1) {
        move(step, Math.min(wanted, steps().length) - 1);
        renumber();
      }
    });
    step.addEventListener("keydown", (event) => {
      const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (by && event.altKey && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        move(step, steps().indexOf(step) + by);
      }
    });
  }

  list.addEventListener("dragover", (event) => {
    const over = event.target.closest("[data-step-list] > *");
    if (!dragged || !over) {
      return;
    }
    event.preventDefault();
    if (over === dragged) {
      return;
    }
    const box = over.getBoundingClientRect();
    const isAfter = event.clientY > box.top + box.height / 2;
    list.insertBefore(dragged, isAfter ? over.nextSibling : over);
  });
  list.addEventListener("drop", (event) => event.preventDefault());

  function add() {
    const index = Number(total.value);
    const holder = document.createElement("template");
    holder.innerHTML = template.innerHTML.replaceAll("__prefix__", String(index));
    const step = holder.content.firstElementChild;
    list.append(step);
    total.value = index + 1;
    equip(step);
    number();
    step.querySelector("textarea").focus();
    say(`Step ${index + 1} was added.`);
  }

  total.form.querySelector("button[name=add_steps]")?.addEventListener("click", (event) => {
    // The server says what too many are.
    if (Number(total.value) < most) {
      event.preventDefault();
      add();
    }
  });

  // As they were numbered: a form that comes back lists them as they were sent.
  const rank = (step) => Number(positionOf(step).value) || Infinity;
  list.append(...steps().sort((one, other) => rank(one) - rank(other) || 0));
  steps().forEach(equip);
  number();
  for (const hint of frame.querySelectorAll(".needs-script")) {
    hint.hidden = false;
  }
})();
