// Runs Melinda's match detection or its merge reducers over pairs of records:
//   node melinda.mjs detect|merge RECORDS.jsonl PAIRS.tsv RESULT.tsv
// Prints {"done", "seconds", "failed", "example"} as JSON; RESULT holds a score for each pair.

import { createReadStream, readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { MarcRecord } from '@natlibfi/marc-record';
import merging from '@natlibfi/marc-record-merge';
import reducers from '@natlibfi/melinda-marc-record-merge-reducers';
import matching from '@natlibfi/melinda-record-matching';

const LENIENT = { fields: false, subfields: false, subfieldValues: false };
const THRESHOLD = 0.8999; // what Melinda merges from

function detector() {
  const { bib } = matching.matchDetection.features;
  const strategy = [
    bib.hostComponent(), bib.isbn(), bib.issn(), bib.otherStandardIdentifier(), bib.title(),
    bib.authors(), bib.recordType(), bib.publicationTimeAllowConsYearsMulti(), bib.language(),
    bib.bibliographicLevel(), bib.mediaType()
  ];
  const detect = matching.matchDetection.default({ strategy, treshold: THRESHOLD });
  return (recordA, recordB) => detect({ recordA, recordB }).probability;
}

function merger() {
  const merge = merging.default;
  return (base, source) => {
    const merged = merge({ base, source, reducers: reducers.MelindaReducers });
    return (merged.base ?? merged).fields.length;
  };
}

async function recordsOf(path) {
  const records = new Map();
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const { key, leader, fields } = JSON.parse(line);
    records.set(key, { leader, fields });
  }
  return records;
}

function run(work, records, pairs) {
  const made = ([one, other]) => [one, other].map(key => new MarcRecord(records.get(key), LENIENT));
  const results = [];
  let nanoseconds = 0n;
  let failed = 0;
  let example = '';
  for (const pair of pairs) {
    const [one, other] = made(pair); // merging changes its records, so each pair gets its own
    const started = process.hrtime.bigint();
    try {
      results.push(work(one, other));
    } catch (error) {
      failed += 1;
      example ||= String(error.message ?? error).slice(0, 200);
      results.push(0);
    }
    nanoseconds += process.hrtime.bigint() - started;
  }
  return { results, report: { done: pairs.length, seconds: Number(nanoseconds) / 1e9, failed, example } };
}

const [task, recordsPath, pairsPath, resultPath] = process.argv.slice(2);
const pairs = readFileSync(pairsPath, 'utf8').split('\n').filter(Boolean).map(line => line.split('\t'));
const { results, report } = run(task === 'merge' ? merger() : detector(), await recordsOf(recordsPath), pairs);
writeFileSync(resultPath, results.join('\n') + '\n');
console.log(JSON.stringify(report));
