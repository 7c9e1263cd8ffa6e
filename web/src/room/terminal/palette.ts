import type { ITheme } from "@xterm/xterm";

import type { Theme } from "../../theme";

/** The sixteen colours of a terminal in those of the page. */
export const PALETTES: Record<Theme, ITheme> = {
  day: {
    background: "#ffffff",
    foreground: "#17211f",
    cursor: "#0f6b66",
    cursorAccent: "#ffffff",
    selectionBackground: "#0f6b6647",
    scrollbarSliderBackground: "#5a6a6740",
    scrollbarSliderHoverBackground: "#5a6a6773",
    scrollbarSliderActiveBackground: "#5a6a6799",
    black: "#17211f",
    red: "#b3261e",
    green: "#1a7a43",
    yellow: "#8a5200",
    blue: "#1f5f9e",
    magenta: "#7a3e9d",
    cyan: "#0f6b66",
    white: "#5a6a67",
    brightBlack: "#5a6a67",
    brightRed: "#c9352c",
    brightGreen: "#14854a",
    brightYellow: "#9a5b00",
    brightBlue: "#2a73ba",
    brightMagenta: "#8f4bb5",
    brightCyan: "#0d7a74",
    brightWhite: "#22302d",
  },
  night: {
    background: "#131a1b",
    foreground: "#dce6e4",
    cursor: "#45c1b5",
    cursorAccent: "#03201d",
    selectionBackground: "#45c1b547",
    scrollbarSliderBackground: "#8fa19e40",
    scrollbarSliderHoverBackground: "#8fa19e73",
    scrollbarSliderActiveBackground: "#8fa19e99",
    black: "#8fa19e",
    red: "#f28b82",
    green: "#5ec98a",
    yellow: "#e8b04b",
    blue: "#74b3f0",
    magenta: "#c9a3ee",
    cyan: "#45c1b5",
    white: "#dce6e4",
    brightBlack: "#8fa19e",
    brightRed: "#ffaaa2",
    brightGreen: "#83dda7",
    brightYellow: "#f5c976",
    brightBlue: "#9bcaf8",
    brightMagenta: "#dabdf7",
    brightCyan: "#76d8ce",
    brightWhite: "#ffffff",
  },
};

/** For a terminal that nobody types to from here: a cursor would promise that one can. */
export const withoutCursor = (palette: ITheme): ITheme => ({
  ...palette,
  cursor: palette.background,
  cursorAccent: palette.foreground,
});
