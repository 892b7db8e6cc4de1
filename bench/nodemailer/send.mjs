// Sends messages as a digest is: text and HTML, of one size, each with a token of its own, over a kept pool.
//
//   node send.mjs PORT CONNECTIONS MESSAGES OCTETS
//
// It prints the seconds from the first message to the last reply, and its processor time in seconds.
import { randomBytes } from "node:crypto";
import nodemailer from "nodemailer";

const [port, connections, messages, octets] = process.argv.slice(2).map(Number);
const pool = nodemailer.createTransport({
    host: "127.0.0.1",
    port,
    pool: true,
    maxConnections: connections,
    maxMessages: Infinity,
    ignoreTLS: true,
});

const line = "The quick brown fox jumps over the lazy dog and finds another paper to read.\n";
const text = line.repeat(Math.ceil(octets / 4 / line.length));
const html = `<p>${line}</p>`.repeat(Math.ceil((octets * 3) / 4 / (line.length + 7)));

function message(number) {
    const token = randomBytes(24).toString("base64url");
    const link = `https://papers.example.org/unsubscribe/${token}`;
    return {
        from: "Daily Papers <digest@papers.example.org>",
        to: `reader${number}@example.org`,
        subject: "Daily Papers: the first of them",
        text: `${text}\n${link}\n`,
        html: `${html}<a href="${link}">Unsubscribe</a>`,
        headers: { "List-Unsubscribe": `<${link}>`, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" },
    };
}

// A few at a time, as a program would that reads its recipients from a database.
async function sendSome(next) {
    for (let number = next(); number < messages; number = next()) {
        await pool.sendMail(message(number));
    }
}

await pool.sendMail(message(0));
const used = process.cpuUsage();
const begun = process.hrtime.bigint();
let count = 0;
await Promise.all(Array.from({ length: connections * 4 }, () => sendSome(() => count++)));
const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
const { user, system } = process.cpuUsage(used);
console.log(seconds, (user + system) / 1e6);
pool.close();
