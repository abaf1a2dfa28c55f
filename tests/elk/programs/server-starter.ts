import { freePort } from '../../free-port.ts';
import { startServer } from './server.ts';

// Starts a server in the folder that it is told, says its id, and does not stop it.
const port = await freePort();
const script = `require('node:http').createServer((_, answer) => answer.end()).listen(${port}, '127.0.0.1')`;
const server = await startServer({
  ...{ name: 'a server', url: `http://127.0.0.1:${port}`, ready: '/', data: process.argv[2] ?? '' },
  ...{ command: process.execPath, args: ['-e', script], env: process.env },
});
process.send?.(server.pid);
