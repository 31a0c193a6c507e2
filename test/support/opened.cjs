// Loaded into the program before its first line: names each file that it opens in the file $OPENED.
const { appendFileSync, promises } = require('node:fs');
const { open } = promises;
promises.open = (file, ...rest) => {
  appendFileSync(process.env.OPENED, `${file}\n`);
  return open(file, ...rest);
};
