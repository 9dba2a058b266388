# The lines of the operator's guide, in its order. Sourced by `walk`.

chapter "Monitoring and observability"
absent "brew install prometheus" "macOS"
if_there prometheus works "prometheus --version" "prometheus, version"
absent "docker run -p 9090:9090 prom/prometheus" "a container registry"
for metric in active_sessions total_requests device_count discovery_success_rate ai_response_time \
  automation_executions errors_total memory_usage_bytes database_size_bytes; do
  works "curl -s http://localhost:8000/metrics | grep '^consciousness_$metric'" "consciousness_$metric"
done
if_there promtool works "promtool check config deploy/prometheus/prometheus.yml" "SUCCESS"
absent "brew install grafana, apt install grafana, docker run grafana/grafana" "Grafana's own package source"
for board in overview devices ai security; do
  works "jq -e '.panels | length > 5' deploy/grafana/dashboards/*$board*.json" "true"
done

chapter "Starting the system"
replaced "source consciousness-env/bin/activate; python -m consciousness.main" "make -n -C $source run" "serve --simulate"
replaced "DEBUG=true python -m consciousness.main" "DEBUG=true API_PORT=0 DATABASE_URL=sqlite://debug.db LOG_FILE=debug/consciousness.log timeout --preserve-status 5 consciousness serve; grep -c ' DEBUG ' debug/consciousness.log" "[1-9]"
if_there systemd-analyze works "sed s#/usr/bin/consciousness#/bin/true# deploy/systemd/consciousness.service > consciousness.service && systemd-analyze verify ./consciousness.service"
if_there systemd-analyze works "sed s#/usr/lib/consciousness/%i/consciousness#/bin/true# deploy/systemd/instances/consciousness@.service > consciousness@.service && systemd-analyze verify ./consciousness@.service"
absent "sudo systemctl start|status consciousness, journalctl -u consciousness -f" "a running systemd (the unit is verified; readiness, watchdog and reload are tested by the suite)"
works "python3 -c 'import yaml; yaml.safe_load(open(\"docker-compose.prod.yml\"))[\"services\"][\"consciousness\"][\"ports\"].index(\"8000:8000\")'"
absent "docker-compose -f docker-compose.prod.yml up -d | ps | logs -f" "a container runtime"

chapter "Health checks"
works "curl http://localhost:8000/health" '"status"'
works "curl http://localhost:8000/health/detailed" '"components"'
works "curl -sf http://localhost:8000" "<!doctype html>"

chapter "Logs"
works "test -f logs/consciousness.log && test -f logs/security.log && test -f logs/access.log"
if_there logrotate works "sed 's#/var/lib/consciousness/logs#$home/logs#; s#systemctl reload consciousness#kill -HUP $server#; s#create 644 consciousness consciousness#create 644#' deploy/logrotate/consciousness > rotate && logrotate --force --state rotate.state rotate && curl -sf http://localhost:8000/health && test -f logs/access.log.1.gz"

chapter "Daily checks"
works "curl -f http://localhost:8000/health || echo 'Consciousness system down' | mail -s Alert admin@yourdomain.com" '"status"'
works "df -h $home | awk 'NR==2{print \$5}'" "%"
replaced "Manual checks: page, discovery, chat, error spikes, database size" "consciousness check || consciousness check | grep -q 'FAIL  disk'"

chapter "Weekly maintenance"
works "du -sh consciousness.db" "consciousness.db"
works "ps aux | grep consciousness" "consciousness serve"
works "{ grep -i error logs/consciousness.log || true; } | tail -20"
works "curl http://localhost:8000/metrics | grep device_count" "consciousness_device_count"
works "./scripts/backup.sh"
works "ls -la memory/backups/" "consciousness-.*json"

chapter "Monthly maintenance"
replaced "pip install --upgrade -r requirements.txt" "bash -n scripts/update.sh && grep -q rollback scripts/update.sh"
absent "sudo apt update && sudo apt upgrade, systemctl restart consciousness" "a machine to upgrade"
works "sqlite3 consciousness.db 'VACUUM;'"
works "sqlite3 consciousness.db '.schema'" "CREATE TABLE"
works "./scripts/security-scan.sh"
works "curl -s -H 'Host: evil.example' http://localhost:8000/api/devices >/dev/null; sleep 1; grep -i 'failed\|denied\|error' logs/consciousness.log" "denied"
absent "sudo certbot renew" "a public name (certificates are read again on reload; nginx's hook is in deploy/nginx)"

chapter "The system will not start"
works "timeout 1 tail -f logs/consciousness.log; true" "INFO|WARN"
if_there netstat works "netstat -tlnp | grep :$port" "LISTEN"
if_there ss replaced "netstat -tlnp | grep :8000" "ss -tln | grep :$port" "LISTEN"
replaced "pip list | grep -E '(fastapi|uvicorn|sqlalchemy)'" "consciousness --version" "consciousness [0-9]"
replaced "env | grep -E '(DEBUG|DATABASE_URL|REDIS_URL)'" "consciousness config show" "DATABASE_URL=sqlite"
replaced "a taken port says so" "API_PORT=$port DATABASE_URL=sqlite://other.db LOG_FILE=other/consciousness.log consciousness serve; test \$? -eq 3" "another program listens"

chapter "High memory usage"
works "ps aux | grep consciousness" "consciousness"
works "{ grep -i 'memory\|oom' /var/log/syslog || true; }"

chapter "Device discovery"
absent "sudo systemctl status bluetooth" "a running systemd (the part driver:bluetooth of /health/detailed says whether BlueZ answers)"
absent "ping 8.8.8.8" "the internet"
works "curl -X POST http://localhost:8000/api/discovery/scan" '"scan_id"'
works "sleep 1; grep -i 'discovery\|device' logs/consciousness.log" "discovery"

chapter "Database issues"
works "sqlite3 consciousness.db '.tables'" "devices"
if_there fuser works "fuser consciousness.db" "$server"
works "df -h ."
stop_server
works "cp consciousness.db consciousness.db.backup && rm consciousness.db"
start_server
works "curl -f http://localhost:8000/health && grep 'a new one was created' logs/consciousness.log" "new one"

chapter "AI chat"
works "touch .env; grep -E '(OPENAI|ANTHROPIC)' .env || true"
absent 'curl -H "Authorization: Bearer $OPENAI_API_KEY" https://api.openai.com/v1/models' "the internet and a key"
works "curl -s -X POST http://localhost:8000/api/chat -d '{\"message\":\"How is the house feeling today?\"}'" '"response"'
works "grep -i 'ai\|openai\|anthropic\|conversation' logs/consciousness.log" "answered"

chapter "Performance tuning"
works "echo 'PRAGMA optimize;' | sqlite3 consciousness.db"
replaced "MEMORY_RETENTION_DAYS=30, EMOTION_UPDATE_INTERVAL=600 in .env" "MEMORY_RETENTION_DAYS=30 EMOTION_UPDATE_INTERVAL=600 consciousness config check" "MEMORY_RETENTION_DAYS=30"
absent "REDIS_URL=redis://localhost:6379/0" "the release that brings Redis"
replaced "uvicorn consciousness.main:app --workers 4" "ls /proc/$server/task | wc -l" "[0-9]"

chapter "Security monitoring"
works "grep -i 'failed\|denied' logs/consciousness.log logs/security.log" "denied|failed"
works "awk '{print \$1}' logs/access.log | sort | uniq -c | sort -nr | head -10" "127.0.0.1|::1"
works "curl -s http://localhost:8000/api/devices/discovered | jq '.[] | select(.first_seen > \"2024-01-01\")'"
works "openssl rand -base64 32" "="
replaced "New SECRET_KEY and JWT_SECRET_KEY" "SECRET_KEY=\$(openssl rand -base64 32) JWT_SECRET_KEY=\$(openssl rand -base64 32) consciousness config check" "JWT_SECRET_KEY=\(hidden\)"
absent "sudo ufw enable, sudo ufw allow 8000/tcp" "a firewall to change"
if_there fail2ban-regex works "fail2ban-regex logs/security.log $home/deploy/fail2ban/filter.d/consciousness.conf" "[1-9][0-9]* matched"

chapter "Backup and recovery"
works "$home/scripts/backup.sh"
works "$home/scripts/verify-backup.sh"
stop_server
works './scripts/restore.sh "$(ls memory/backups/consciousness-*.json | tail -1)"'
start_server
works "curl -f http://localhost:8000/health/detailed" '"components"'

chapter "Capacity planning"
replaced "Growth of database, devices, requests, memory, disk" "consciousness capacity" "database"

chapter "Alerting"
if_there promtool works "promtool check rules deploy/prometheus/guide-alerts.yml" "2 rules found"
if_there promtool works "promtool check rules deploy/prometheus/alerts.yml" "SUCCESS"
if_there amtool works "amtool check-config deploy/prometheus/alertmanager.yml" "SUCCESS"

chapter "Resources"
works "test -f INSTALLATION.md && test -d deploy && grep -qi troubleshoot INSTALLATION.md"
works "test -f CHANGELOG.md"
works "./scripts/deployment-check.sh || ./scripts/deployment-check.sh | grep -q 'FAIL  disk'"
