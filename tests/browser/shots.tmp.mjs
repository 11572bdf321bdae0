import { chromium } from "playwright-core"; import { readFileSync, writeFileSync } from "node:fs"; import { fillTemplate } from "./fill_template.mjs";
import { sampleRun, sampleAudit } from "../../web/samples/sample_run.mjs";
const load=(n)=>JSON.parse(readFileSync(`/work/wt/web/web/samples/${n}.results.json`,"utf8"));
const t=readFileSync("/work/wt/web/web/dist/report_template.html","utf8");
const sets={ demo:["Drawn faces: who is told blond?",["erm","resample","gdro"].map(load)], hostile:["Hostile </title><b>",[load("hostile")]], edge:["Ward photographs",[load("edge")]],
 seeds:["Three seeds",["erm","resample","gdro"].flatMap(m=>[1,2,3].map(s=>sampleRun(m,s)))] };
const many=Array.from({length:30},(_,i)=>({name:`age ${i*3}–${i*3+2}, group ${i}`,values:[{column:"age",value:`${i}`}]}));
sets.many=["Many groups",[sampleAudit({id:"many",name:"many groups",data:"census",groupColumns:["age"],groups:many,classes:Array.from({length:8},(_,i)=>`class ${i}`),sizes:many.map((_,i)=>i*20),accuracies:many.map((_,i)=>0.6+0.012*i)})]];
const b=await chromium.launch({executablePath:"/usr/bin/chromium",args:["--headless","--no-sandbox","--disable-gpu","--disable-quic","--no-first-run","--disable-background-networking","--disable-component-update","--disable-sync"]});
const which=process.argv[2]||"demo", scheme=process.argv[3]||"light", width=+(process.argv[4]||1440);
const [title,res]=sets[which]; writeFileSync(`/tmp/shots/${which}.html`,fillTemplate(t,title,res));
const c=await b.newContext({colorScheme:scheme,viewport:{width,height:900},deviceScaleFactor:1}); const p=await c.newPage();
p.on("console",m=>console.log("CONSOLE",m.type(),m.text())); p.on("pageerror",e=>console.log("ERR",e.message));
await p.goto(`file:///tmp/shots/${which}.html`); await p.waitForTimeout(500);
const pre=`/tmp/shots/${which}-${scheme}-${width}`;
await p.screenshot({path:`${pre}-top.png`});
for(const s of await p.$$(".report-section")){ const id=await s.getAttribute("id"); await s.screenshot({path:`${pre}-${id}.png`}); }
console.log("scrollWidth",await p.evaluate(()=>document.documentElement.scrollWidth), width);
await b.close();
