// On a narrow screen the menu lies over the page: who has chosen a page in it wants to see that.

/** @type {(event: MouseEvent) => void} */
function leaveMenu({ target }) {
  const isLink = target instanceof Element && target.closest("[data-testid=stSidebarNavLink]");
  if (!isLink || !matchMedia("(max-width: 767px)").matches) return;
  /** @type {HTMLElement | null} */
  const close = document.querySelector("[data-testid=stSidebarCollapseButton] button");
  close?.click();
}

if (!document.documentElement.dataset.leavesMenu) {
  document.documentElement.dataset.leavesMenu = "true"; // once: this runs with every page
  document.addEventListener("click", leaveMenu);
}
