from tests.simulation.run import run
import sys,time
a=int(sys.argv[1]); b=int(sys.argv[2])
t=time.time(); bad=0
for s in range(a,b):
    o=run(s)
    if o.problems:
        bad+=1
        print(s,o.problems[:3])
    if b-a==1: print(o.trace)
print(b-a,'seeds',time.time()-t,'s bad',bad)
