#!/usr/bin/env bash
# slurm_cluster.sh FOLDER: a SLURM of two nodes on this machine, in namespaces of its own.
# slurm_cluster.py starts it there as the first process, so that all daemons and jobs end with it.
# It says "ready" and ends when its standard input does, so also when whoever started it is killed.
set -euo pipefail
folder=$1
mkdir -p "$folder"/{state,log,spool/node1,spool/node2}
mkdir -p /etc/slurm
# Fresh ones, which nobody outside sees, and which all may enter: munge insists.
mount -t tmpfs -o mode=755 tmpfs /etc/slurm
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/munge

hostname login
ip link set lo up
# With addresses 127.x alone, the C library resolves no name.
ip address add 10.99.0.1/32 dev lo
printf '%s\n' '127.0.0.1 localhost' '10.99.0.1 login node1 node2' > /etc/slurm/hosts
mount --bind /etc/slurm/hosts /etc/hosts

(umask 077 && head -c 1024 /dev/urandom > /run/munge/key)
# GPUs, two on each node: slurmd asks for no more than that there are such files.
for gpu in 0 1; do mknod "/etc/slurm/nvidia$gpu" c 195 "$gpu"; done

cat > /etc/slurm/slurm.conf <<CONF
ClusterName=test
SlurmctldHost=login(10.99.0.1)
SlurmctldPort=16800
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool/%n
SlurmdPidFile=/run/slurmd.%n.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_interval=2,bf_interval=2,batch_sched_delay=0,sched_min_interval=0
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
SlurmdParameters=config_overrides
MinJobAge=86400
GresTypes=gpu
DefMemPerCPU=200
NodeName=node1 NodeHostname=login NodeAddr=10.99.0.1 Port=16801 CPUs=8 CoresPerSocket=8 RealMemory=64000 Gres=gpu:2
NodeName=node2 NodeHostname=login NodeAddr=10.99.0.1 Port=16802 CPUs=8 CoresPerSocket=8 RealMemory=64000 Gres=gpu:2
PartitionName=main Nodes=node1,node2 Default=YES MaxTime=1-0
PartitionName=gpu Nodes=node1,node2 MaxTime=1-0
CONF
echo "NodeName=node1,node2 Name=gpu File=/etc/slurm/nvidia[0-1]" > /etc/slurm/gres.conf

munged --key-file=/run/munge/key --seed-file=/run/munge/seed --log-file="$folder/log/munged.log"
slurmctld -i
slurmd -N node1
slurmd -N node2
for _ in $(seq 100); do
  [ "$(sinfo --noheader --states=idle --format=%D --partition=main)" = 2 ] && echo ready && break
  sleep 0.1
done
cat > /dev/null
