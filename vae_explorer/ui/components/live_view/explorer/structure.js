// The molecule at the place: asked of the server, the newest place first, one question at a time.
/** @import { ExplorerPage } from "./dom.js" */

const DECIMALS = 4; // of a coordinate in a question

/**
 * What the server answers: a drawing as SVG, "" where the text is no molecule; the text; its
 * properties in words
 * @typedef {{svg: string, smiles: string, words: string, valid: boolean}} Answer
 */

export class Structure {
  /**
   * @param {ExplorerPage} page
   * @param {(src: string, about: string) => void} onDrawn hears the drawing's address
   */
  constructor(page, onDrawn) {
    this.page = page;
    this.onDrawn = onDrawn;
    /** @type {(question: string) => Promise<Answer | null>} */
    this.answered = async () => null; // pages from disk have no server to ask
    this.address = ""; // where the server answers; "": there are no molecules
    this.asked = ""; // the question that is under way, or was last
    this.waiting = ""; // the newest one, if that is another
    this.busy = false;
  }

  /** Ask there from now on. @param {string} address */
  setAddress(address) {
    this.address = address;
    this.asked = this.waiting = "";
    const { structure, text } = this.page;
    structure.hidden = text.hidden = !address;
    structure.replaceChildren();
    text.replaceChildren();
  }

  /** The place is z now. @param {ArrayLike<number>} z */
  show(z) {
    if (!this.address) return;
    const places = Array.from(z, (value) => Number(value.toFixed(DECIMALS)));
    const question = `${this.address}?z=${places.join()}`;
    if (question === (this.waiting || this.asked)) return;
    this.waiting = question;
    if (!this.busy) this.ask();
  }

  async ask() {
    this.busy = true;
    this.asked = this.waiting;
    this.waiting = "";
    const { asked, address } = this;
    const answer = await this.answered(asked);
    this.busy = false;
    if (address === this.address && answer) this.draw(answer);
    else if (address === this.address) this.fail();
    if (this.waiting) this.ask();
  }

  /** Nothing came: say so beside the molecule of another place, and let it be asked again. */
  fail() {
    this.asked = "";
    this.page.text.replaceChildren("The server did not answer: move the point to ask again.");
    this.page.text.classList.add("not-valid");
  }

  /** @param {Answer} answer */
  draw({ svg, smiles, words, valid }) {
    const { structure, text } = this.page;
    const drawing = svg ? new DOMParser().parseFromString(svg, "image/svg+xml").documentElement : null;
    structure.replaceChildren(...(drawing ? [document.importNode(drawing, true)] : ["✕"]));
    structure.setAttribute("aria-label", `decoded: ${smiles}, ${words}`);
    structure.dataset.asked = this.asked;
    const [written, properties] = [document.createElement("code"), document.createElement("span")];
    written.textContent = smiles;
    properties.textContent = words;
    text.replaceChildren(written, properties);
    text.classList.toggle("not-valid", !valid);
    if (svg) this.onDrawn(`data:image/svg+xml,${encodeURIComponent(svg)}`, smiles);
  }
}
