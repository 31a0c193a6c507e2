import { type Layout, layOut, type Place, rowsAbove } from './frame-layout.ts';
import type { Reflow } from './reflow.ts';

/** What of a terminal a frame needs. */
export interface Screen {
  write(text: string): boolean;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

/** Lines that stand at the end of what is on the terminal, and are written anew whenever something in them changes. */
export interface Picture {
  /** With their colours, not broken. */
  readonly lines: readonly string[];
  /** Where the cursor is seen; null where it is hidden. */
  readonly cursor: Place | null;
}

const ESC = '\u001b[';
/** The row and all below it; not from the first column, where tmux would move a whole screen to its history instead. */
const ERASE_FROM_HERE = `\r${ESC}2K${ESC}C${ESC}J\r`;
const HIDE_CURSOR = `${ESC}?25l`;
/** DECAWM: a row is cut off, not broken, should the terminal find it wider than we do: the rows stay as many. */
const [BREAK_NOT, BREAK] = [`${ESC}?7l`, `${ESC}?7h`];

/** Where nobody says how large the terminal is: as Node has it for the columns, and no limit for the rows. */
const USUAL_COLUMNS = 80;

/**
 * A picture on a terminal that may be resized while it stands there. It breaks its lines by itself, and knows how many
 * rows above the cursor it begins, also after the terminal has become narrower and has broken the rows once more.
 *
 * A cursor that is hidden waits in the first row, at its beginning, where it is found again whatever a terminal does to
 * the rows below; in the last one where these would move it. Where one is seen, how far it is from the top has to be
 * computed; in doubt too little is erased, not too much: what is above are the user's answers.
 */
export class Frame {
  readonly #screen: Screen;
  readonly #reflow: Reflow;
  #picture: Picture = { lines: [], cursor: null };
  #layout: Layout | null = null;
  #width = 0;

  constructor(screen: Screen, reflow: Reflow) {
    this.#screen = screen;
    this.#reflow = reflow;
  }

  /** Whether a picture stands there. */
  get stands(): boolean {
    return this.#layout !== null;
  }

  /**
   * Puts a picture in the place of the one that stands there, or where the cursor is.
   *
   * @param picture by default the same once more, because the terminal was resized.
   */
  paint(picture = this.#picture): void {
    const { lines, cursor } = picture;
    const [width, height] = [this.#columns(), this.#screen.rows ?? 0];
    const layout = layOut(
      lines,
      cursor ?? { line: lines.length - 1, column: 0 },
      width,
      height > 0 ? height : Infinity,
    );
    const text = layout.rows.join('\n');
    // With a cursor that is seen, rows that are broken are left over at worst; taken for broken, they are missed above.
    const rows = cursor === null ? HIDE_CURSOR + BREAK_NOT + text + BREAK : text;
    const place = cursor === null ? this.#waiting(layout) : layout;
    const back = up(layout.rows.length - 1 - place.row) + toColumn(place.column);
    this.#screen.write(this.#erased() + rows + back);
    this.#picture = picture;
    this.#layout = { ...layout, ...place };
    this.#width = width;
  }

  /** Moves the cursor within its line; a hidden one stays where it is. */
  moveTo(column: number): void {
    const { lines, cursor } = this.#picture;
    if (cursor !== null) this.paint({ lines, cursor: { ...cursor, column } });
  }

  /**
   * Leaves the picture as it is; what is written next begins on the line below it. Nothing where none stands.
   *
   * @param last is written after it.
   */
  leave(last = ''): void {
    if (this.#layout === null) return;
    // Broken once more, it ends further down.
    if (this.#columns() < this.#width) this.paint();
    this.#screen.write(`${down(this.#layout.rows.length - 1 - this.#layout.row)}\n\r${last}`);
    this.#layout = null;
  }

  /** Takes the picture away. Nothing where none stands. */
  erase(): void {
    if (this.#layout === null) return;
    this.#screen.write(this.#erased());
    this.#layout = null;
  }

  #columns(): number {
    const { columns = 0 } = this.#screen;
    return columns > 0 ? columns : USUAL_COLUMNS;
  }

  #waiting({ rows }: Layout): { readonly row: number; readonly column: number } {
    return { row: this.#reflow === 'xterm.js' ? rows.length - 1 : 0, column: 0 };
  }

  /** The way to the first row of what stands there, and its end. */
  #erased(): string {
    if (this.#layout === null) return '';
    const width = this.#columns();
    // Rows do not grow together where there is more room: each ends with a line break.
    const above = width < this.#width ? rowsAbove(this.#layout, width, this.#reflow) : this.#layout.row;
    return up(above) + ERASE_FROM_HERE;
  }
}

function up(rows: number): string {
  return rows > 0 ? `${ESC}${rows}A` : '';
}

function down(rows: number): string {
  return rows > 0 ? `${ESC}${rows}B` : '';
}

function toColumn(column: number): string {
  return `${ESC}${column + 1}G`;
}
