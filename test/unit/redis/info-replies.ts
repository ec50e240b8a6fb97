/** Replies of INFO as real servers gave them, less the sections that nothing reads. */

function reply(text: string): string {
  return text.trim().replaceAll('\n', '\r\n');
}

export const REDIS_6_0_MASTER = reply(`
# Server
redis_version:6.0.16
run_id:5da897877dc5a87dab3c273dd367e8af835b01e7
uptime_in_seconds:9
# Persistence
loading:0
rdb_changes_since_last_save:2
rdb_bgsave_in_progress:0
rdb_last_bgsave_status:ok
aof_enabled:0
aof_last_write_status:ok
# Stats
sync_full:1
sync_partial_ok:0
sync_partial_err:0
# Replication
role:master
connected_slaves:1
slave0:ip=192.168.64.3,port=6379,state=online,offset=117,lag=1
master_replid:77c3c3d342a3b46ce86a4a76bad5b179a7fa9851
master_replid2:0000000000000000000000000000000000000000
master_repl_offset:117
second_repl_offset:-1
repl_backlog_active:1
repl_backlog_size:1048576
repl_backlog_first_byte_offset:1
repl_backlog_histlen:117
# Keyspace
db0:keys=1,expires=0,avg_ttl=0
db3:keys=1,expires=1,avg_ttl=95349
`);

export const REDIS_6_0_REPLICA = reply(`
# Server
redis_version:6.0.16
run_id:55e06fc913980ff5eb0208edf75009fbf16c9e4f
uptime_in_seconds:8
# Persistence
loading:0
rdb_changes_since_last_save:2
rdb_bgsave_in_progress:0
rdb_last_bgsave_status:ok
aof_enabled:0
aof_last_write_status:ok
# Stats
sync_full:0
sync_partial_ok:0
sync_partial_err:0
# Replication
role:slave
master_host:rnode-cm
master_port:6379
master_link_status:up
master_last_io_seconds_ago:7
master_sync_in_progress:0
slave_repl_offset:117
slave_priority:100
slave_read_only:1
connected_slaves:0
master_replid:77c3c3d342a3b46ce86a4a76bad5b179a7fa9851
master_replid2:0000000000000000000000000000000000000000
master_repl_offset:117
second_repl_offset:-1
repl_backlog_active:1
repl_backlog_size:1048576
repl_backlog_first_byte_offset:1
repl_backlog_histlen:117
# Keyspace
db0:keys=1,expires=0,avg_ttl=0
db3:keys=1,expires=1,avg_ttl=0
`);

export const REDIS_7_0_REPLICA = reply(`
# Server
redis_version:7.0.15
run_id:1f923b3c57a29d19cef653db8cf65baab29fc425
uptime_in_seconds:8
# Persistence
loading:0
rdb_changes_since_last_save:0
rdb_bgsave_in_progress:0
rdb_last_bgsave_status:ok
aof_enabled:0
aof_last_write_status:ok
# Stats
sync_full:0
sync_partial_ok:0
sync_partial_err:0
total_forks:0
# Replication
role:slave
master_host:rnode-cm
master_port:6379
master_link_status:up
master_last_io_seconds_ago:7
master_sync_in_progress:0
slave_read_repl_offset:130
slave_repl_offset:130
slave_priority:100
slave_read_only:1
replica_announced:1
connected_slaves:0
master_failover_state:no-failover
master_replid:f5af6287a3576d3f5d80c0aba791917105df3703
master_replid2:0000000000000000000000000000000000000000
master_repl_offset:130
second_repl_offset:-1
repl_backlog_active:1
repl_backlog_size:1048576
repl_backlog_first_byte_offset:131
repl_backlog_histlen:0
# Keyspace
db0:keys=1,expires=0,avg_ttl=0
db3:keys=1,expires=1,avg_ttl=0
`);

export const REDIS_8_0_MASTER = reply(`
# Server
redis_version:8.0.2
run_id:4f26c66291058c20d32c0ed7c3e0785f1e9628a4
uptime_in_seconds:9
# Persistence
loading:0
rdb_changes_since_last_save:2
rdb_bgsave_in_progress:0
rdb_last_bgsave_status:ok
aof_enabled:0
aof_last_write_status:ok
# Stats
sync_full:1
sync_partial_ok:0
sync_partial_err:0
total_forks:1
# Replication
role:master
connected_slaves:1
slave0:ip=192.168.64.3,port=6379,state=online,offset=130,lag=1
master_failover_state:no-failover
master_replid:0b3c71d4fc926e0438c9300ab9fb1b379abaeeab
master_replid2:0000000000000000000000000000000000000000
master_repl_offset:130
second_repl_offset:-1
repl_backlog_active:1
repl_backlog_size:1048576
repl_backlog_first_byte_offset:1
repl_backlog_histlen:130
# Keyspace
db0:keys=1,expires=0,avg_ttl=0,subexpiry=0
db3:keys=1,expires=1,avg_ttl=98016,subexpiry=0
# Keysizes
db0_distrib_strings_sizes:1=1
db3_distrib_strings_sizes:1=1
`);

export const VALKEY_8_1_MASTER = reply(`
# Server
redis_version:7.2.4
server_name:valkey
valkey_version:8.1.1
run_id:51bb90cbfa0200c3cd2cb690c797abccb3c30365
uptime_in_seconds:9
# Persistence
loading:0
rdb_changes_since_last_save:2
rdb_bgsave_in_progress:0
rdb_last_bgsave_status:ok
aof_enabled:0
aof_last_write_status:ok
# Stats
sync_full:1
sync_partial_ok:0
sync_partial_err:0
total_forks:1
# Replication
role:master
connected_slaves:1
slave0:ip=192.168.64.3,port=6379,state=online,offset=130,lag=1,type=replica
replicas_waiting_psync:0
master_failover_state:no-failover
master_replid:e19453c7931181cdcd5e24b5e9efb0ba6e4b8da2
master_replid2:0000000000000000000000000000000000000000
master_repl_offset:130
second_repl_offset:-1
repl_backlog_active:1
repl_backlog_size:10485760
repl_backlog_first_byte_offset:1
repl_backlog_histlen:130
# Keyspace
db0:keys=1,expires=0,avg_ttl=0
db3:keys=1,expires=1,avg_ttl=96651
`);

export const VALKEY_8_1_REPLICA = reply(`
# Server
redis_version:7.2.4
server_name:valkey
valkey_version:8.1.1
run_id:a7aaab8f4c30b6d825b2ebbd90e784a3a93e07af
uptime_in_seconds:8
# Persistence
loading:0
rdb_changes_since_last_save:0
rdb_bgsave_in_progress:0
rdb_last_bgsave_status:ok
aof_enabled:0
aof_last_write_status:ok
# Stats
sync_full:0
sync_partial_ok:0
sync_partial_err:0
total_forks:0
# Replication
role:slave
master_host:rnode-cm
master_port:6379
master_link_status:up
master_last_io_seconds_ago:7
master_sync_in_progress:0
slave_read_repl_offset:130
slave_repl_offset:130
replicas_repl_buffer_size:0
replicas_repl_buffer_peak:0
slave_priority:100
slave_read_only:1
replica_announced:1
connected_slaves:0
replicas_waiting_psync:0
master_failover_state:no-failover
master_replid:e19453c7931181cdcd5e24b5e9efb0ba6e4b8da2
master_replid2:0000000000000000000000000000000000000000
master_repl_offset:130
second_repl_offset:-1
repl_backlog_active:1
repl_backlog_size:10485760
repl_backlog_first_byte_offset:131
repl_backlog_histlen:0
# Keyspace
db0:keys=1,expires=0,avg_ttl=0
db3:keys=1,expires=1,avg_ttl=0
`);
