/** Computes until it is killed: what a busy neighbour on the same machine does. */
let sum = 0;
for (;;) sum = (sum * 31 + 1) % 1_000_003;
