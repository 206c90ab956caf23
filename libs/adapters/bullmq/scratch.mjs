import { Redis } from 'ioredis';
const r = new Redis('redis://127.0.0.1:1', { lazyConnect: true, connectTimeout: 5000, retryStrategy: ()=>null, enableOfflineQueue:false, maxRetriesPerRequest:1, commandTimeout:5000 });
r.on('error', (e)=>console.log('err', e.code, r.status));
r.on('end', ()=>console.log('end'));
try { await r.connect() } catch (e) { console.log(e.message, r.status); r.disconnect(); console.log(r.status) }
setTimeout(()=>console.log(process.getActiveResourcesInfo(), r.status), 100).unref();
setTimeout(()=>console.log(process.getActiveResourcesInfo(), r.status), 2000);
setTimeout(()=>console.log(process.getActiveResourcesInfo(), r.status), 7000).unref();
